-- model:   core.dim_date
-- grain:   one row per (date_key)
-- kind:    whole
-- reads:   core.customer_days
-- checks:  not_null(date_key, day, month), unique(date_key), unique(day)
-- owner:   sales
--
-- The calendar: every day of every year that has loaded lines, whole years, so that a chart over it
-- shows days without sales as well.

with bounds as (

    select
        make_date(min(date_key) // 10000, 1, 1)      as first_day,
        make_date(max(date_key) // 10000, 12, 31)    as last_day
    from core.customer_days

),

days as (

    select unnest(generate_series(first_day, last_day, interval 1 day))::date as day
    from bounds

),

final as (

    select
        strftime(day, '%Y%m%d')::integer             as date_key,
        day,

        -- calendar
        year(day)::integer                           as year,
        quarter(day)::integer                        as quarter,
        date_trunc('month', day)::date               as month,
        month(day)::integer                          as month_of_year,
        strftime(day, '%B')                          as month_name,
        day(day)::integer                            as day_of_month,

        -- week, after ISO 8601: Monday is 1
        isoyear(day)::integer                        as iso_year,
        weekofyear(day)::integer                     as iso_week,
        isodow(day)::integer                         as day_of_week,
        strftime(day, '%A')                          as day_name,
        isodow(day) >= 6                             as is_weekend
    from days

)

select * from final
