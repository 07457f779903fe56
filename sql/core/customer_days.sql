-- model:   core.customer_days
-- grain:   one row per (date_key, customer_id, country)
-- kind:    slice
-- reads:   staging.stg_invoices
-- checks:  not_null(date_key, invoice_month, line_count), unique(date_key, customer_id, country)
-- owner:   sales
--
-- In which countries each customer was seen on each day, with the number of loaded lines: what
-- core.dim_customer, core.dim_country and core.dim_date are made of. Lines with no customer are
-- counted under a customer_id of null, so that no country and no day is missing.

with invoices as (

    select * from staging.stg_invoices
    where row_class in ('sale', 'return')

),

counted as (

    select
        date_key,
        invoice_month,
        customer_id,
        country,
        count(*) as line_count
    from invoices
    group by all

)

select * from counted
