-- model:   marts.revenue_daily
-- grain:   one row per (day)
-- kind:    whole
-- reads:   core.fact_sales, core.fact_returns
-- checks:  not_null(day, revenue, returns_amount, net_revenue, order_count), unique(day)
-- owner:   sales
--
-- Revenue by day, in every day with sales or returns. revenue is gross, all sale lines;
-- returns_amount is negative, as in core.fact_returns; net_revenue is their sum. Customers are
-- the known ones.

with sales as (

    select
        strptime(date_key::varchar, '%Y%m%d')::date as day,
        sum(amount)                                                         as revenue,
        sum(quantity)::bigint                                               as quantity,
        count(*)                                                            as line_count,
        count(distinct invoice_no)                                          as order_count,
        count(distinct customer_id)                                         as customer_count
    from core.fact_sales
    group by 1

),

returned as (

    select
        strptime(date_key::varchar, '%Y%m%d')::date as day,
        sum(amount)                                                         as returns_amount,
        sum(quantity)::bigint                                               as returned_quantity,
        count(distinct invoice_no)                                          as return_count
    from core.fact_returns
    group by 1

),

final as (

    select
        day,

        -- money
        coalesce(sales.revenue, 0)::decimal(38, 4)                          as revenue,
        coalesce(returned.returns_amount, 0)::decimal(38, 4)                as returns_amount,
        (coalesce(sales.revenue, 0) + coalesce(returned.returns_amount, 0))::decimal(38, 4) as net_revenue,
        case
            when sales.order_count > 0 then (sales.revenue::double / sales.order_count)::decimal(38, 4)
        end                                                                 as average_order_value,

        -- counts
        coalesce(sales.order_count, 0)                                      as order_count,
        coalesce(returned.return_count, 0)                                  as return_count,
        coalesce(sales.customer_count, 0)                                   as customer_count,
        coalesce(sales.line_count, 0)                                       as line_count,
        coalesce(sales.quantity, 0)                                         as quantity,
        coalesce(returned.returned_quantity, 0)                             as returned_quantity
    from sales
    full join returned using (day)

)

select * from final
