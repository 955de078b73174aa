CREATE OR REPLACE VIEW v_visits
AS SELECT
    *,
    hearken_stage(touchpoint) AS journey_stage,
    dictGet('hearken.brand_by_name', 'own', brand)::Bool AS own
FROM visits
COMMENT 'Every event of a visit with its touchpoint''s stage of the journey, unmapped where the table does not know it; own is false where the brand is a competitor''s'
