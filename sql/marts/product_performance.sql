-- model:   marts.product_performance
-- grain:   one row per (stock_code)
-- kind:    whole
-- reads:   core.fact_sales, core.fact_returns, core.dim_product
-- checks:  not_null(stock_code, is_product, revenue, returns_amount, net_revenue), unique(stock_code)
-- owner:   sales
--
-- Stock codes by what they earned and what came back, under their newest description. revenue is
-- gross; returns_amount is negative, as in core.fact_returns. Rank, share and ABC class (A: the codes
-- that make the first 80 % of revenue, B: the next 15 %, C: the rest) are among products; services
-- have none. return_rate is returned pieces per sold piece.

with products as (

    select
        stock_code,
        product_key,
        description,
        is_product
    from core.dim_product
    where is_current and stock_code is not null

),

sales as (

    select
        stock_code,
        sum(amount)                                         as revenue,
        sum(quantity)::bigint                               as quantity,
        count(*)                                            as line_count,
        count(distinct invoice_no)                          as order_count,
        count(distinct customer_id)                         as customer_count,
        strptime(min(date_key)::varchar, '%Y%m%d')::date    as first_sold_day,
        strptime(max(date_key)::varchar, '%Y%m%d')::date    as last_sold_day
    from core.fact_sales
    group by stock_code

),

returned as (

    select
        stock_code,
        sum(amount)                                         as returns_amount,
        sum(quantity)::bigint                               as returned_quantity,
        count(*)                                            as return_line_count
    from core.fact_returns
    group by stock_code

),

combined as (

    select
        products.stock_code,
        products.product_key,
        products.description,
        products.is_product,
        coalesce(sales.revenue, 0)::decimal(38, 4)                                  as revenue,
        coalesce(returned.returns_amount, 0)::decimal(38, 4)                        as returns_amount,
        (coalesce(sales.revenue, 0) + coalesce(returned.returns_amount, 0))::decimal(38, 4) as net_revenue,
        coalesce(sales.quantity, 0)                                                 as quantity,
        coalesce(returned.returned_quantity, 0)                                     as returned_quantity,
        coalesce(sales.line_count, 0)                                               as line_count,
        coalesce(returned.return_line_count, 0)                                     as return_line_count,
        coalesce(sales.order_count, 0)                                              as order_count,
        coalesce(sales.customer_count, 0)                                           as customer_count,
        sales.first_sold_day,
        sales.last_sold_day
    from products
    left join sales on sales.stock_code = products.stock_code
    left join returned on returned.stock_code = products.stock_code

),

ranked as (

    select
        *,
        row_number() over best                              as rank_among,
        sum(revenue) over (partition by is_product)         as revenue_among,
        sum(revenue) over best                              as revenue_up_to
    from combined
    window best as (
        partition by is_product
        order by revenue desc, stock_code
        rows between unbounded preceding and current row
    )

),

final as (

    select
        -- what
        stock_code,
        product_key,
        description,
        is_product,

        -- money
        revenue,
        returns_amount,
        net_revenue,

        -- counts
        quantity,
        returned_quantity,
        line_count,
        return_line_count,
        order_count,
        customer_count,
        case when quantity > 0 then (-returned_quantity / quantity)::decimal(18, 6) end     as return_rate,

        -- standing
        case when is_product then rank_among::integer end                                  as revenue_rank,
        case
            when is_product and revenue_among > 0 then (revenue::double / revenue_among::double)::decimal(9, 6)
        end                                                                                 as revenue_share,
        case
            when is_product and revenue_among > 0 then (revenue_up_to::double / revenue_among::double)::decimal(9, 6)
        end                                                                                 as cumulative_share,
        case
            when not is_product then null
            when revenue_up_to - revenue < revenue_among * 0.80 then 'A'
            when revenue_up_to - revenue < revenue_among * 0.95 then 'B'
            else 'C'
        end                                                                                 as abc_class,

        -- time
        first_sold_day,
        last_sold_day
    from ranked

)

select * from final
