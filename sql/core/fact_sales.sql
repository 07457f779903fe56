-- model:   core.fact_sales
-- grain:   one row per (date_key, invoice_no, line_no)
-- kind:    slice
-- reads:   staging.stg_invoices
-- checks:  not_null(invoice_no, line_no, stock_code, date_key, country_key, invoice_month, invoiced_at, quantity, unit_price, amount), unique(date_key, invoice_no, line_no)
-- keys:    customer_key from core.dim_customer by customer_id, product_key from core.dim_product by stock_code
-- owner:   sales
--
-- Sales: every sale line once, gross. A line with no customer stands on the unknown member.
-- publish fills customer_key and product_key with the version that is valid on the row's day.

with invoices as (

    select * from staging.stg_invoices
    where row_class = 'sale'

),

countries as (

    select
        country,
        (('0x' || right(md5(concat_ws('|', 'dim_country', country, '1900-01-01')), 16))::ubigint
            & 9223372036854775807)::bigint as country_key
    from (select distinct country from invoices where country is not null)

),

final as (

    select
        -- ids
        invoices.invoice_no,
        invoices.line_no,
        invoices.stock_code,
        invoices.customer_id,

        -- keys; 0 is the unknown member
        0::bigint                              as customer_key,
        0::bigint                              as product_key,
        invoices.date_key,
        coalesce(countries.country_key, 0)     as country_key,

        -- time
        invoices.invoice_month,
        invoices.invoiced_at,

        -- numbers
        invoices.quantity,
        invoices.unit_price,
        invoices.amount
    from invoices
    left join countries on countries.country = invoices.country

)

select * from final
