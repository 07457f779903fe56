-- model:   marts.country_performance
-- grain:   one row per (country_key)
-- kind:    whole
-- reads:   core.fact_sales, core.fact_returns, core.dim_country
-- checks:  not_null(country_key, country, revenue, returns_amount, net_revenue), unique(country_key)
-- owner:   sales
--
-- Countries by what was sold to them and what came back. revenue is gross; returns_amount is negative,
-- as in core.fact_returns. Rows with no country stand under 'Unknown', when there are any.

with sales as (

    select
        country_key,
        sum(amount)                                                 as revenue,
        sum(quantity)::bigint                                       as quantity,
        count(*)                                                    as line_count,
        count(distinct invoice_no)                                  as order_count,
        count(distinct customer_id)                                 as customer_count
    from core.fact_sales
    group by country_key

),

returned as (

    select
        country_key,
        sum(amount)                                                 as returns_amount,
        count(distinct invoice_no)                                  as return_count
    from core.fact_returns
    group by country_key

),

combined as (

    select
        country_key,
        coalesce(sales.revenue, 0)::decimal(38, 4)                  as revenue,
        coalesce(returned.returns_amount, 0)::decimal(38, 4)        as returns_amount,
        (coalesce(sales.revenue, 0) + coalesce(returned.returns_amount, 0))::decimal(38, 4) as net_revenue,
        coalesce(sales.order_count, 0)                              as order_count,
        coalesce(returned.return_count, 0)                          as return_count,
        coalesce(sales.customer_count, 0)                           as customer_count,
        coalesce(sales.line_count, 0)                               as line_count,
        coalesce(sales.quantity, 0)                                 as quantity
    from sales
    full join returned using (country_key)

),

final as (

    select
        combined.country_key,
        coalesce(countries.country, 'Unknown')                      as country,
        combined.* exclude (country_key),
        case
            when combined.order_count > 0
                then (combined.revenue::double / combined.order_count)::decimal(38, 4)
        end                                                         as average_order_value,
        case
            when sum(combined.revenue) over () > 0
                then (combined.revenue::double / (sum(combined.revenue) over ())::double)::decimal(9, 6)
        end                                                         as revenue_share,
        (row_number() over (order by combined.revenue desc, combined.country_key))::integer as revenue_rank
    from combined
    left join core.dim_country as countries on countries.country_key = combined.country_key

)

select * from final
