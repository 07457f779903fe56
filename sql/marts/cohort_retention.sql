-- model:   marts.cohort_retention
-- grain:   one row per (cohort_month, month_index)
-- kind:    whole
-- reads:   core.fact_sales
-- checks:  not_null(cohort_month, month_index, customer_count, cohort_size), unique(cohort_month, month_index)
-- owner:   sales
--
-- Of the known customers who first bought in cohort_month, how many bought again month_index months
-- later. Month 0 is the cohort itself. Every month up to the newest one with sales has a row, also
-- where nobody came back, so that the grid has no holes.

with purchases as (

    select
        customer_id,
        invoice_month,
        count(distinct invoice_no)  as order_count,
        sum(amount)                 as revenue
    from core.fact_sales
    where customer_id is not null
    group by customer_id, invoice_month

),

customers as (

    select
        customer_id,
        min(invoice_month) as cohort_month
    from purchases
    group by customer_id

),

cohorts as (

    select
        cohort_month,
        count(*) as cohort_size
    from customers
    group by cohort_month

),

grid as (

    select
        cohort_month,
        cohort_size,
        unnest(generate_series(0, datediff('month', cohort_month, newest.month))) as month_index
    from cohorts
    cross join (select max(invoice_month) as month from purchases) as newest

),

active as (

    select
        customers.cohort_month,
        datediff('month', customers.cohort_month, purchases.invoice_month)  as month_index,
        count(*)                                                            as customer_count,
        sum(purchases.order_count)::bigint                                  as order_count,
        sum(purchases.revenue)                                              as revenue
    from purchases
    inner join customers on customers.customer_id = purchases.customer_id
    group by all

),

final as (

    select
        grid.cohort_month,
        grid.month_index::integer                                           as month_index,
        (grid.cohort_month + to_months(grid.month_index::integer))::date    as activity_month,
        grid.cohort_size,
        coalesce(active.customer_count, 0)                                  as customer_count,
        (coalesce(active.customer_count, 0) / grid.cohort_size)::decimal(9, 6) as retention_rate,
        coalesce(active.order_count, 0)                                     as order_count,
        coalesce(active.revenue, 0)::decimal(38, 4)                         as revenue
    from grid
    left join active
        on active.cohort_month = grid.cohort_month
        and active.month_index = grid.month_index

)

select * from final
