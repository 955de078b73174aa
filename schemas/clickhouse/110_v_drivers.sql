CREATE OR REPLACE VIEW v_drivers
AS SELECT
    brand, metric, survey_kind, basis, driver,
    from, until, computed_at,
    n, mentions, r2, importance,
    if(r2 > 0, importance / r2, NULL) AS share,
    low, high, significant, lmg, direction, performance
FROM
(
    SELECT *, max(computed_at) OVER (PARTITION BY brand, metric, survey_kind, basis) AS newest
    FROM driver_importance
    WHERE dictGet('hearken.brand_by_name', 'own', brand)
)
WHERE computed_at = newest
COMMENT 'What drives the score of an own brand, by the newest run of hearken insights: a row per brand, metric (nps, csat or rating), survey kind, basis (scale: the survey''s items; text: the topics spoken of) and driver. importance is Johnson''s relative weight with its 95 % bootstrap interval; all of a scope sum to r2, share is its part of that, NULL where nothing is explained. A driver that is not significant is marked, not dropped. performance is the item''s mean (0..1) or the topic''s net sentiment (-1..1). Correlational'
