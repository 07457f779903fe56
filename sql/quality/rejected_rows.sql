-- model:   quality.rejected_rows
-- grain:   one row per (file, line)
-- kind:    slice
-- reads:   raw, staging.stg_invoices
-- checks:  not_null(file, line, reason, date_key, invoice_month), unique(file, line)
-- owner:   sales
--
-- Every landed record that is neither a sale nor a return, with the reason: the row_class of
-- staging.stg_invoices, and for malformed records what is wrong with them. line is the physical line
-- in the file on which the record begins, row the record as it was landed, as CSV.

with set_aside as (

    select * from staging.stg_invoices
    where row_class not in ('sale', 'return')

),

records as (

    select raw.*
    from raw
    semi join set_aside on set_aside.file = raw.file and set_aside.line = raw.line
    where raw.day >= $start::date and raw.day < $end::date

),

written as (

    select
        file,
        line,
        coalesce(
            reject_row,
            array_to_string(
                list_transform(
                    [invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country],
                    lambda cell: case
                        when cell is null then ''
                        when regexp_matches(cell, '[",\r\n]') then '"' || replace(cell, '"', '""') || '"'
                        else cell
                    end
                ),
                ','
            )
        ) as row
    from records

),

final as (

    select
        set_aside.file,
        set_aside.line,
        set_aside.row_class              as reason,
        set_aside.malformed_reason       as detail,
        written.row,
        set_aside.date_key,
        set_aside.invoice_month
    from set_aside
    inner join written on written.file = set_aside.file and written.line = set_aside.line

)

select * from final
