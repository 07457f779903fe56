-- model:   staging.stg_invoices
-- grain:   one row per (file, line)
-- kind:    slice
-- reads:   raw
-- checks:  not_null(file, line, date_key, invoice_month, row_class, is_exact_duplicate), unique(file, line)
-- owner:   sales
--
-- Every landed record of the days [$start, $end) once, typed, with the class that decides where it
-- goes: sales and returns are loaded, all others stand in quality.rejected_rows with the reason.
-- A day is a day of the source's calendar; invoiced_at is the instant, in a fold the first of the two.
-- line_no counts all records of an invoice within its day, so facts may have gaps in it.

with records as (

    select
        *,
        row_number() over (partition by day, invoice_no order by file, line)   as line_no,
        row_number() over (
            partition by
                invoice_no, stock_code, invoice_date, quantity, unit_price, customer_id, description, country, day,
                reject_reason is not null
            order by file, line
        ) > 1 and reject_reason is null                                         as is_exact_duplicate
    from raw
    where day >= $start::date and day < $end::date

),

typed as (

    select
        file,
        line,
        day,
        line_no,
        is_exact_duplicate,
        reject_reason,

        -- text
        trim(invoice_no)                                                        as invoice_no,
        trim(stock_code)                                                        as stock_code,
        description,
        country,

        -- numbers; a cast alone would round 6.5 pieces to 7
        case
            when regexp_full_match(trim(quantity), '[+-]?[0-9]+([.]0*)?')
                then try_cast(trim(quantity) as bigint)
        end                                                                     as quantity,
        case
            when regexp_full_match(trim(unit_price), '[+-]?([0-9]+([.][0-9]{0,4}0*)?|[.][0-9]{1,4}0*)')
                then try_cast(trim(unit_price) as decimal(18, 4))
        end                                                                     as unit_price,
        case
            when regexp_full_match(trim(customer_id), '[0-9]+([.]0*)?')
                then try_cast(trim(customer_id) as bigint)
        end                                                                     as customer_id,
        nullif(trim(quantity), '')                                              as quantity_text,
        nullif(trim(unit_price), '')                                            as unit_price_text,
        nullif(trim(customer_id), '')                                           as customer_id_text,

        -- time
        nullif(trim(invoice_date), '')                                          as invoice_date_text,
        case
            when regexp_full_match(
                trim(invoice_date),
                '[0-9]{4}-[0-9]{2}-[0-9]{2} ([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?'
            )
                then try_cast(trim(invoice_date) as timestamp)
        end                                                                     as invoiced_local
    from records

),

placed as (

    select
        *,
        case
            when $source_timezone::varchar = 'UTC' then timezone('UTC', invoiced_local)
            else list_min(list_filter(
                [
                    timezone($source_timezone::varchar, invoiced_local),
                    timezone($source_timezone::varchar, invoiced_local) - interval 30 minutes,
                    timezone($source_timezone::varchar, invoiced_local) - interval 1 hour
                ],
                lambda instant: timezone($source_timezone::varchar, instant) = invoiced_local
            ))
        end                                                                     as invoiced_at,
        try_cast(quantity * unit_price as decimal(18, 4))                       as amount,
        (coalesce(invoice_no, '') <> '')::tinyint
            + (coalesce(stock_code, '') <> '')::tinyint
            + (quantity_text is not null)::tinyint
            + (invoice_date_text is not null)::tinyint
            + (unit_price_text is not null)::tinyint
            + (coalesce(trim(country), '') <> '')::tinyint                      as filled_cell_count
    from typed

),

judged as (

    select
        *,
        case
            when reject_reason is not null then reject_reason
            when coalesce(invoice_no, '') = '' then 'InvoiceNo is empty'
            when coalesce(stock_code, '') = '' then 'StockCode is empty'
            when quantity_text is null then 'Quantity is empty'
            when quantity is null then 'Quantity "' || quantity_text[:60] || '" is not a whole number'
            when invoice_date_text is null then 'InvoiceDate is empty'
            when invoiced_local is null
                then 'InvoiceDate "' || invoice_date_text[:60] || '" is not YYYY-MM-DD HH:MM[:SS]'
            when invoiced_at is null
                then 'InvoiceDate "' || invoice_date_text || '" does not exist in ' || $source_timezone::varchar
            when unit_price_text is null then 'UnitPrice is empty'
            when unit_price is null
                then 'UnitPrice "' || unit_price_text[:60] || '" is not a number with at most four decimals'
            when customer_id is null and customer_id_text is not null
                then 'CustomerID "' || customer_id_text[:60] || '" is not a whole number'
            when amount is null then 'Quantity times UnitPrice is out of range'
        end                                                                     as malformed_reason
    from placed

),

final as (

    select
        -- where it came from
        file,
        line,

        -- ids
        invoice_no,
        line_no::integer                                                        as line_no,
        stock_code,
        customer_id,

        -- attributes
        description,
        country,

        -- numbers
        quantity,
        unit_price,
        amount,

        -- time
        invoiced_at,
        strftime(day, '%Y%m%d')::integer                                        as date_key,
        date_trunc('month', day)::date                                          as invoice_month,

        -- verdict
        case
            when malformed_reason is not null then 'malformed'
            when is_exact_duplicate then 'exact_duplicate'
            when invoice_no[1] = 'C' then 'return'
            when not regexp_full_match(invoice_no[1], '[0-9]') then 'ledger_adjustment'
            when quantity < 0 then 'stock_adjustment'
            when unit_price = 0 then 'zero_price'
            else 'sale'
        end                                                                     as row_class,
        malformed_reason,
        is_exact_duplicate,
        filled_cell_count::integer                                              as filled_cell_count
    from judged

)

select * from final
