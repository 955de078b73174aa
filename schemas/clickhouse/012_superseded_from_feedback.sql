CREATE MATERIALIZED VIEW IF NOT EXISTS superseded_from_feedback TO superseded
AS SELECT feedback_id, version FROM feedback WHERE sign = -1
COMMENT 'Fills superseded'
