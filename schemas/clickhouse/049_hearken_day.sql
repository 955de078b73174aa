CREATE OR REPLACE FUNCTION hearken_day
-- The day of the brand's own time zone; of what is known to the day alone, the day its source wrote: read in the brand's zone it
-- could be the day before.
AS (occurred_at, time_precision, source, brand) -> toDate(
    toString(
        occurred_at,
        if(
            time_precision = 'day' AND dictGet('hearken.source_by_name', 'time_zone', source) != '',
            dictGet('hearken.source_by_name', 'time_zone', source),
            dictGet('hearken.brand_by_name', 'business_time_zone', brand)
        )
    )
)
