-- model:   core.dim_product
-- grain:   one row per (product_key)
-- kind:    whole
-- reads:   core.product_days
-- checks:  not_null(product_key, is_product, valid_from, valid_to, is_current), unique(product_key)
-- owner:   sales
--
-- Stock codes, one row per version of their description (type 2). The first version is valid from
-- 1900-01-01, valid_to is exclusive. Codes that are services (postage, fees, samples, manual entries)
-- have is_product = false. Key 0 is the unknown member.

with days as (

    select
        stock_code,
        date_key,
        description
    from core.product_days

),

spread as (

    select
        stock_code,
        min(description) as least_description,
        max(description) as greatest_description
    from days
    group by stock_code

),

-- Nine codes of ten never change, so the ordered walk is left to those that do.
changes as (

    select
        days.stock_code,
        days.description,
        days.date_key
    from days
    inner join spread
        on spread.stock_code = days.stock_code
        and spread.least_description <> spread.greatest_description
    where days.description is not null
    qualify days.description is distinct from
        lag(days.description) over (partition by days.stock_code order by days.date_key)

),

versions as (

    select
        stock_code,
        least_description   as description,
        date '1900-01-01'   as valid_from,
        date '9999-12-31'   as valid_to
    from spread
    where least_description is not distinct from greatest_description

    union all

    select
        stock_code,
        description,
        case
            when row_number() over (partition by stock_code order by date_key) = 1 then date '1900-01-01'
            else strptime(date_key::varchar, '%Y%m%d')::date
        end,
        coalesce(
            strptime(lead(date_key) over (partition by stock_code order by date_key)::varchar, '%Y%m%d')::date,
            date '9999-12-31'
        )
    from changes

),

keyed as (

    select
        (('0x' || right(md5(concat_ws('|', 'dim_product', stock_code, valid_from)), 16))::ubigint
            & 9223372036854775807)::bigint as product_key,
        stock_code,
        description,
        stock_code not in (
            'POST', 'DOT', 'M', 'm', 'C2', 'D', 'S', 'B', 'BANK CHARGES', 'AMAZONFEE', 'CRUK'
        ) as is_product,
        valid_from,
        valid_to,
        valid_to = date '9999-12-31' as is_current
    from versions

    union all

    select
        0::bigint,
        null::varchar,
        null::varchar,
        false,
        date '1900-01-01',
        date '9999-12-31',
        true

)

select * from keyed
