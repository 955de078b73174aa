CREATE OR REPLACE FUNCTION hearken_zone
-- The time zone that a record's day is of: the brand's own; of what is known to the day alone, the one its source wrote in.
AS (time_precision, source, brand) -> if(
    time_precision = 'day' AND dictGet('hearken.source_by_name', 'time_zone', source) != '',
    dictGet('hearken.source_by_name', 'time_zone', source),
    dictGet('hearken.brand_by_name', 'business_time_zone', brand)
)
