CREATE OR REPLACE VIEW v_score_answers
AS SELECT
    f.sign AS sign,
    f.feedback_id AS feedback_id,
    f.occurred_at AS occurred_at,
    f.time_precision AS time_precision,
    f.source AS source,
    f.brand AS brand,
    f.survey_kind AS survey_kind,
    f.survey_id AS survey_id,
    question_id,
    f.product_id AS product_id,
    f.store_id AS store_id,
    f.region AS region,
    f.campaign AS campaign,
    f.touchpoint AS touchpoint,
    f.journey_stage AS journey_stage,
    f.language AS language,
    metric,
    nullIf(if(metric = 'nps', 10, ifNull(scale_max, 0)), 0) AS scale_max,
    direction,
    multiIf(
        metric = 'nps', '0-10',
        metric = 'ces', trimRight(concat(toString(ifNull(scale_max, 0)), ' ', ifNull(direction, ''))),
        toString(ifNull(scale_max, 0))
    ) AS scale,
    value,
    -- Ingest lets nothing else through; whatever a row holds, this must not fail on it.
    (f.origin = 'genuine' AND ifNull(
        if(
            metric = 'nps',
            value BETWEEN 0 AND 10 AND value = round(value) AND ifNull(scale_max, 10) = 10,
            value BETWEEN 0 AND scale_max AND scale_max BETWEEN 3 AND 1000000
        ),
        false
    ))::Bool AS counts,
    (counts AND ifNull(
        multiIf(metric = 'nps', value >= 9, metric = 'csat', value >= scale_max - 1, scale = '7 agree' AND value >= 5), false
    ))::Bool AS wins,
    (counts AND ifNull(metric = 'nps' AND value <= 6, false))::Bool AS loses
FROM feedback AS f
ARRAY JOIN
    f.answers.question_id AS question_id,
    f.answers.kind AS metric,
    f.answers.value AS value,
    f.answers.scale_max AS scale_max,
    f.answers.direction AS direction
WHERE f.channel = 'survey' AND metric IN ('nps', 'csat', 'ces') AND dictGet('hearken.brand_by_name', 'own', f.brand)
COMMENT 'Every answer that is a score, of the own brands, with what it counts as: what v_nps, v_csat and v_ces add up. A row per answer of a state of a response: multiply by sign. counts: the response is genuine and the answer on its scale (nps: a whole number 0-10; csat and ces: from 0 to the scale''s best, the scale having 3 points at least). wins: a promoter (9-10), an answer in the two top boxes (scale_max - 1 or more), an agreement (5-7 of the 7-point agree scale). loses: a detractor (0-6)'
