-- model:   marts.customer_rfm
-- grain:   one row per (customer_id)
-- kind:    whole
-- reads:   core.fact_sales, core.fact_returns, core.dim_customer
-- checks:  not_null(customer_id, recency_days, frequency, monetary, r_score, f_score, m_score, segment), unique(customer_id)
-- owner:   sales
--
-- Known customers by recency, frequency and monetary value of their sales, each scored from 1 to 5 in
-- fifths (5 is best, ties by customer_id), and the segment that the scores name. as_of is the day
-- after the newest sale, never the clock. returns_amount is negative, as in core.fact_returns.

with sales as (

    select * from core.fact_sales
    where customer_id is not null

),

newest as (

    select strptime(max(date_key)::varchar, '%Y%m%d')::date + 1 as as_of
    from core.fact_sales

),

customers as (

    select
        customer_id,
        strptime(min(date_key)::varchar, '%Y%m%d')::date    as first_order_day,
        strptime(max(date_key)::varchar, '%Y%m%d')::date    as last_order_day,
        count(distinct invoice_no)                          as frequency,
        sum(quantity)::bigint                               as quantity,
        sum(amount)                                         as monetary
    from sales
    group by customer_id

),

returned as (

    select
        customer_id,
        sum(amount) as returns_amount
    from core.fact_returns
    where customer_id is not null
    group by customer_id

),

current_customers as (

    select
        customer_id,
        customer_key,
        country
    from core.dim_customer
    where is_current and customer_id is not null

),

scored as (

    select
        customers.*,
        newest.as_of,
        (newest.as_of - customers.last_order_day)::integer                                  as recency_days,
        ntile(5) over (order by customers.last_order_day, customers.customer_id)::integer   as r_score,
        ntile(5) over (order by customers.frequency, customers.customer_id)::integer        as f_score,
        ntile(5) over (order by customers.monetary, customers.customer_id)::integer         as m_score
    from customers
    cross join newest

),

final as (

    select
        -- who
        scored.customer_id,
        current_customers.customer_key,
        current_customers.country,

        -- what they did
        scored.first_order_day,
        scored.last_order_day,
        scored.recency_days,
        scored.frequency,
        scored.quantity,
        scored.monetary,
        coalesce(returned.returns_amount, 0)::decimal(38, 4)                                as returns_amount,
        (scored.monetary + coalesce(returned.returns_amount, 0))::decimal(38, 4)            as net_monetary,

        -- scores
        scored.r_score,
        scored.f_score,
        scored.m_score,
        concat(scored.r_score, scored.f_score, scored.m_score)                              as rfm_score,

        -- segment names live here and nowhere else
        case
            when r_score >= 4 and f_score >= 4 then 'Champions'
            when r_score >= 3 and f_score >= 4 then 'Loyal'
            when r_score <= 2 and f_score >= 4 then 'Cannot lose'
            when r_score >= 4 and f_score >= 2 then 'Potential loyalists'
            when r_score >= 4 then 'New'
            when r_score = 3 and f_score = 3 then 'Need attention'
            when r_score = 3 then 'About to sleep'
            when f_score = 3 then 'At risk'
            when r_score = 2 then 'Hibernating'
            else 'Lost'
        end                                                                                 as segment,
        scored.as_of
    from scored
    left join returned on returned.customer_id = scored.customer_id
    left join current_customers on current_customers.customer_id = scored.customer_id

)

select * from final
