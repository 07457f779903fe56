-- model:   core.dim_customer
-- grain:   one row per (customer_key)
-- kind:    whole
-- reads:   core.customer_days
-- checks:  not_null(customer_key, valid_from, valid_to, is_current), unique(customer_key)
-- owner:   sales
--
-- Customers, one row per version of their country (type 2). The country of a day is the one with most
-- lines, ties alphabetical. The first version is valid from 1900-01-01, valid_to is exclusive.
-- Key 0 is the unknown member, for lines with no customer.

with observed as (

    select
        customer_id,
        date_key,
        country
    from core.customer_days
    where customer_id is not null
    qualify row_number() over (
        partition by customer_id, date_key
        order by country is null, line_count desc, country
    ) = 1

),

spread as (

    select
        customer_id,
        min(country) as least_country,
        max(country) as greatest_country
    from observed
    group by customer_id

),

changes as (

    select
        observed.customer_id,
        observed.country,
        observed.date_key
    from observed
    inner join spread
        on spread.customer_id = observed.customer_id
        and spread.least_country <> spread.greatest_country
    where observed.country is not null
    qualify observed.country is distinct from
        lag(observed.country) over (partition by observed.customer_id order by observed.date_key)

),

versions as (

    select
        customer_id,
        least_country       as country,
        date '1900-01-01'   as valid_from,
        date '9999-12-31'   as valid_to
    from spread
    where least_country is not distinct from greatest_country

    union all

    select
        customer_id,
        country,
        case
            when row_number() over (partition by customer_id order by date_key) = 1 then date '1900-01-01'
            else strptime(date_key::varchar, '%Y%m%d')::date
        end,
        coalesce(
            strptime(lead(date_key) over (partition by customer_id order by date_key)::varchar, '%Y%m%d')::date,
            date '9999-12-31'
        )
    from changes

),

keyed as (

    select
        (('0x' || right(md5(concat_ws('|', 'dim_customer', customer_id, valid_from)), 16))::ubigint
            & 9223372036854775807)::bigint as customer_key,
        customer_id,
        country,
        valid_from,
        valid_to,
        valid_to = date '9999-12-31' as is_current
    from versions

    union all

    select
        0::bigint,
        null::bigint,
        null::varchar,
        date '1900-01-01',
        date '9999-12-31',
        true

)

select * from keyed
