-- model:   core.product_days
-- grain:   one row per (date_key, stock_code)
-- kind:    slice
-- reads:   staging.stg_invoices
-- checks:  not_null(date_key, invoice_month, stock_code, line_count), unique(date_key, stock_code)
-- owner:   sales
--
-- The description under which each stock code was seen on each day: the one with most loaded lines,
-- ties alphabetical, blanks collapsed. It is what core.dim_product is made of.

with invoices as (

    select * from staging.stg_invoices
    where row_class in ('sale', 'return')

),

names as (

    select
        description as written,
        nullif(trim(regexp_replace(description, '\s+', ' ', 'g')), '') as description
    from (select distinct description from invoices)

),

counted as (

    select
        invoices.date_key,
        invoices.invoice_month,
        invoices.stock_code,
        names.description,
        count(*) as description_line_count
    from invoices
    left join names on names.written = invoices.description
    group by all

),

chosen as (

    select
        date_key,
        invoice_month,
        stock_code,
        description,
        sum(description_line_count) over (partition by date_key, stock_code)::bigint as line_count
    from counted
    qualify row_number() over (
        partition by date_key, stock_code
        order by description is null, description_line_count desc, description
    ) = 1

)

select * from chosen
