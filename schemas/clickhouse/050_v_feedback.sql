CREATE OR REPLACE VIEW v_feedback
AS SELECT * EXCEPT (sign, arrival, url), dictGet('hearken.brand_by_name', 'own', brand)::Bool AS own
FROM feedback
WHERE sign = 1 AND (feedback_id, version) NOT IN (SELECT feedback_id, version FROM superseded)
COMMENT 'Every feedback once, in its newest state; without the personal column url; own is false where the brand is a competitor''s'
