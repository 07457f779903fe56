-- model:   core.dim_country
-- grain:   one row per (country_key)
-- kind:    whole
-- reads:   core.customer_days
-- checks:  not_null(country_key), unique(country_key)
-- owner:   sales
--
-- Countries as they are written in the source. Key 0 is the unknown member.

with countries as (

    select distinct country
    from core.customer_days
    where country is not null

),

keyed as (

    select
        (('0x' || right(md5(concat_ws('|', 'dim_country', country, '1900-01-01')), 16))::ubigint
            & 9223372036854775807)::bigint as country_key,
        country
    from countries

    union all

    select
        0::bigint,
        null::varchar

)

select * from keyed
