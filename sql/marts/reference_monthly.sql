-- model:   marts.reference_monthly
-- grain:   one row per (month)
-- kind:    whole
-- reads:   staging.stg_invoices
-- checks:  not_null(month, row_count, customer_count, invoice_count, revenue), unique(month)
-- owner:   sales
--
-- The field's "usual cleaning", for comparison with published studies: customer known, not cancelled,
-- quantity and price above zero, exact duplicates kept. The deduplicated figures stand beside it.
-- new_customer_count and new_invoice_count count each customer and invoice in its first month only,
-- so that their sums are the totals over all months, each once.

with invoices as (

    select * from staging.stg_invoices
    where customer_id is not null
        and invoice_no[1] <> 'C'
        and quantity > 0
        and unit_price > 0
        and row_class <> 'malformed'

),

first_customers as (

    select
        month,
        count(*) as new_customer_count
    from (select customer_id, min(invoice_month) as month from invoices group by customer_id)
    group by month

),

first_invoices as (

    select
        month,
        count(*) as new_invoice_count
    from (select invoice_no, min(invoice_month) as month from invoices group by invoice_no)
    group by month

),

months as (

    select
        invoice_month                                           as month,
        count(*)                                                as row_count,
        count(distinct customer_id)                             as customer_count,
        count(distinct invoice_no)                              as invoice_count,
        sum(amount)                                             as revenue,
        count(*) filter (not is_exact_duplicate)                as deduplicated_row_count,
        coalesce(sum(amount) filter (not is_exact_duplicate), 0)::decimal(38, 4) as deduplicated_revenue
    from invoices
    group by invoice_month

),

final as (

    select
        months.*,
        coalesce(first_customers.new_customer_count, 0)         as new_customer_count,
        coalesce(first_invoices.new_invoice_count, 0)           as new_invoice_count
    from months
    left join first_customers on first_customers.month = months.month
    left join first_invoices on first_invoices.month = months.month

)

select * from final
