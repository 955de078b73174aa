CREATE OR REPLACE FUNCTION hearken_touchpoint
-- A touchpoint as the catalog writes it, so that all its spellings are one; as it came where the catalog does not know it, empty where
-- there is none.
AS (touchpoint) -> dictGetOrDefault(
    'hearken.touchpoint_by_name', 'name', lowerUTF8(replaceRegexpAll(ifNull(touchpoint, ''), '[ _-]', '')), toString(ifNull(touchpoint, ''))
)
