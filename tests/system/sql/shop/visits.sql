-- model:   shop.visits
-- grain:   one row per (date_key, visitor)
-- kind:    slice
-- reads:
-- checks:  not_null(date_key, visitor), unique(date_key, visitor)
-- owner:   tests
--
-- A thousand visitors on every day of the interval, each with what they spent.

with days as (

    select unnest(generate_series($start::date, $end::date - 1, interval 1 day))::date as day

),

visitors as (

    select unnest(range(1000))::bigint as visitor

)

select
    strftime(days.day, '%Y%m%d')::integer                       as date_key,
    visitors.visitor,
    (visitors.visitor * 7 % 100)::decimal(18, 4)                as amount
from days
cross join visitors
