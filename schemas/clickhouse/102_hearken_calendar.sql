CREATE OR REPLACE FUNCTION hearken_calendar
-- What kind of special day it is for a brand, the brand's own entry before everybody's; empty on an ordinary day.
AS (day, brand) -> dictGetOrDefault(
    'hearken.calendar_by_day', 'kind', (day, brand), dictGet('hearken.calendar_by_day', 'kind', (day, ''))
)
