CREATE OR REPLACE VIEW v_feedback
AS SELECT * EXCEPT (sign, arrival)
FROM feedback
WHERE sign = 1 AND (feedback_id, version) NOT IN (SELECT feedback_id, version FROM superseded)
COMMENT 'Every feedback once, in its newest state'
