-- model:   quality.invoices
-- grain:   one row per (day) that is not good enough
-- kind:    check
-- reads:   quality.scores
-- owner:   sales
--
-- Days whose quality score is below $minimum_score; nothing is published over them.

select
    strptime(date_key::varchar, '%Y%m%d')::date as day,
    score,
    $minimum_score::decimal(9, 4)               as minimum_score,
    row_count,
    completeness,
    validity,
    uniqueness,
    consistency
from quality.scores
where score < $minimum_score::decimal(9, 4)
order by day
