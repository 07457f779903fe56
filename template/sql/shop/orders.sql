-- model:   shop.orders
-- grain:   one row per (date_key, order_id)
-- kind:    slice
-- reads:
-- checks:  not_null(date_key, order_id), unique(date_key, order_id)
-- owner:   me
--
-- A hundred made-up orders for every day of the interval. Put a SELECT of your own in its place.

with days as (

    select unnest(generate_series($start::date, $end::date - 1, interval 1 day))::date as day

),

numbers as (

    select unnest(range(1, 101))::bigint as order_id

)

select
    strftime(days.day, '%Y%m%d')::integer         as date_key,
    numbers.order_id,
    (numbers.order_id * 7 % 50 + 1)::decimal(18, 4) as amount
from days
cross join numbers
