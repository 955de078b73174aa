CREATE OR REPLACE FUNCTION hearken_aspect_stage
-- The journey stage of an aspect's own touchpoint; the record's where the aspect has none or the catalog does not know it.
AS (touchpoint, record_stage) -> dictGetOrDefault(
    'hearken.touchpoint_by_name', 'stage', lowerUTF8(replaceRegexpAll(ifNull(touchpoint, ''), '[ _-]', '')), toString(record_stage)
)
