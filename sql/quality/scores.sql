-- model:   quality.scores
-- grain:   one row per (date_key)
-- kind:    slice
-- reads:   staging.stg_invoices
-- checks:  not_null(date_key, invoice_month, row_count, score), unique(date_key)
-- owner:   sales
--
-- The quality of each day's records from 0 to 100: 0.25 completeness + 0.35 validity +
-- 0.20 uniqueness + 0.20 consistency. A day with no records has no row here, and passes.
-- Missing customers and descriptions are counted but not scored: they are normal in this source.

with records as (

    select
        *,
        min(customer_id) over invoice is not distinct from max(customer_id) over invoice
            and min(country) over invoice is not distinct from max(country) over invoice as is_one_party,
        ((quantity < 0) = (invoice_no[1] = 'C') or unit_price = 0)                      as is_sign_right
    from staging.stg_invoices
    window invoice as (partition by date_key, invoice_no)

),

counted as (

    select
        date_key,
        invoice_month,
        count(*)                                                                        as row_count,
        count(*) filter (row_class in ('sale', 'return'))                               as loaded_count,
        count(*) filter (row_class = 'malformed')                                       as malformed_count,
        count(*) filter (is_exact_duplicate)                                            as exact_duplicate_count,
        count(*) filter (not coalesce(is_sign_right and is_one_party, false))           as inconsistent_count,
        sum(filled_cell_count)::bigint                                                  as filled_cell_count,
        count(*) filter (customer_id is null)                                           as missing_customer_count,
        count(*) filter (coalesce(trim(description), '') = '')                          as missing_description_count
    from records
    group by date_key, invoice_month

),

rated as (

    select
        *,
        filled_cell_count / (6 * row_count)                                             as completeness,
        1 - malformed_count / row_count                                                 as validity,
        1 - exact_duplicate_count / row_count                                           as uniqueness,
        1 - inconsistent_count / row_count                                              as consistency
    from counted

),

final as (

    select
        date_key,
        invoice_month,

        -- records
        row_count,
        loaded_count,
        malformed_count,
        exact_duplicate_count,
        inconsistent_count,
        missing_customer_count,
        missing_description_count,

        -- rates, and the score from 0 to 100
        completeness::decimal(9, 6)                                                     as completeness,
        validity::decimal(9, 6)                                                         as validity,
        uniqueness::decimal(9, 6)                                                       as uniqueness,
        consistency::decimal(9, 6)                                                      as consistency,
        (100 * (0.25 * completeness + 0.35 * validity + 0.20 * uniqueness + 0.20 * consistency))::decimal(9, 4)
                                                                                        as score
    from rated

)

select * from final
