CREATE OR REPLACE VIEW v_survey_answers
AS SELECT * EXCEPT (sign), dictGet('hearken.brand_by_name', 'own', brand)::Bool AS own
FROM survey_answers
WHERE sign = 1 AND (feedback_id, version) NOT IN (SELECT feedback_id, version FROM superseded)
COMMENT 'Every answer of a survey response once, in the response''s newest state; own is false where the brand is a competitor''s'
