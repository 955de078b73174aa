CREATE OR REPLACE FUNCTION hearken_stage
-- The journey stage of a touchpoint, however it is written; unmapped where the catalog does not know it.
AS (touchpoint) -> dictGet(
    'hearken.touchpoint_by_name', 'stage', lowerUTF8(replaceRegexpAll(ifNull(touchpoint, ''), '[ _-]', ''))
)
