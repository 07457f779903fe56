-- model:   marts.return_matches
-- grain:   one row per (date_key, invoice_no, line_no)
-- kind:    whole
-- reads:   core.fact_sales, core.fact_returns
-- checks:  not_null(date_key, invoice_no, line_no, stock_code, is_matched), unique(date_key, invoice_no, line_no)
-- owner:   sales
--
-- Each return line with the sale line that it most likely takes back: the latest one, not after the
-- return, of the same customer, stock code and unit price, of at least the returned quantity; ties by
-- the greatest (invoice_no, line_no). No sale is used up by a match. Unmatched lines keep nulls.

with returned as (

    select * from core.fact_returns

),

candidates as (

    select
        returned.date_key,
        returned.invoice_no,
        returned.line_no,
        max({
            'invoiced_at': sales.invoiced_at,
            'invoice_no': sales.invoice_no,
            'line_no': sales.line_no,
            'date_key': sales.date_key,
            'quantity': sales.quantity
        }) as sale
    from returned
    inner join core.fact_sales as sales
        on sales.customer_id = returned.customer_id
        and sales.stock_code = returned.stock_code
        and sales.unit_price = returned.unit_price
        and sales.invoiced_at <= returned.invoiced_at
        and sales.quantity >= -returned.quantity
    group by all

),

final as (

    select
        -- the return
        returned.date_key,
        returned.invoice_no,
        returned.line_no,
        returned.stock_code,
        returned.customer_id,
        returned.invoiced_at                                        as returned_at,
        returned.quantity                                           as returned_quantity,
        returned.unit_price,
        returned.amount                                             as returns_amount,

        -- the sale
        candidates.sale is not null                                 as is_matched,
        candidates.sale.date_key                                    as sale_date_key,
        candidates.sale.invoice_no                                  as sale_invoice_no,
        candidates.sale.line_no                                     as sale_line_no,
        candidates.sale.invoiced_at                                 as sold_at,
        candidates.sale.quantity                                    as sold_quantity,
        datediff(
            'day',
            strptime(candidates.sale.date_key::varchar, '%Y%m%d')::date,
            strptime(returned.date_key::varchar, '%Y%m%d')::date
        )::integer                                                  as days_to_return
    from returned
    left join candidates
        on candidates.date_key = returned.date_key
        and candidates.invoice_no = returned.invoice_no
        and candidates.line_no = returned.line_no

)

select * from final
