CREATE MATERIALIZED VIEW IF NOT EXISTS survey_answers_from_feedback TO survey_answers
AS SELECT
    feedback_id,
    version,
    sign,
    occurred_at,
    received_at,
    brand,
    ifNull(survey_id, '') AS survey_id,
    ifNull(survey_kind, '') AS survey_kind,
    answer.1 AS question_id,
    answer.2 AS kind,
    answer.3 AS feature,
    answer.4 AS value,
    answer.5 AS scale_max,
    answer.6 AS direction,
    answer.7 AS text
FROM feedback
ARRAY JOIN arrayZip(answers.question_id, answers.kind, answers.feature, answers.value, answers.scale_max, answers.direction, answers.text) AS answer
COMMENT 'Fills survey_answers'
