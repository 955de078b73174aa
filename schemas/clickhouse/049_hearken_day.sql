CREATE OR REPLACE FUNCTION hearken_day
-- The day of the brand's own time zone; of what is known to the day alone, the day its source wrote: read in the brand's zone it
-- could be the day before. A zone that a row brings goes through text, which takes ten times as long as one that stands here; so the
-- zones most brands have stand here, for the times a Date can be.
AS (occurred_at, time_precision, source, brand) -> multiIf(
    hearken_zone(time_precision, source, brand) = 'Asia/Shanghai',
    toDate(greatest(least(occurred_at, toDateTime64('2149-06-06 00:00:00', 3, 'UTC')), toDateTime64('1970-01-01 00:00:00', 3, 'UTC')), 'Asia/Shanghai'),
    hearken_zone(time_precision, source, brand) = 'UTC',
    toDate(greatest(least(occurred_at, toDateTime64('2149-06-06 00:00:00', 3, 'UTC')), toDateTime64('1970-01-01 00:00:00', 3, 'UTC')), 'UTC'),
    toDate(toString(occurred_at, hearken_zone(time_precision, source, brand)))
)
