CREATE OR REPLACE VIEW v_nps
AS SELECT
    hearken_day(a.occurred_at, a.time_precision, a.source, a.brand) AS day,
    a.brand AS brand,
    a.survey_kind AS survey_kind,
    a.survey_id AS survey_id,
    a.question_id AS question_id,
    a.product_id AS product_id,
    a.store_id AS store_id,
    a.region AS region,
    a.touchpoint AS touchpoint,
    a.journey_stage AS journey_stage,
    a.language AS language,
    sumIf(toInt64(a.sign), a.counts) AS n,
    sumIf(toInt64(a.sign), a.wins) AS promoters,
    n - promoters - detractors AS passives,
    sumIf(toInt64(a.sign), a.loses) AS detractors,
    sumIf(toInt64(a.sign), NOT a.counts) AS excluded,
    100 * hearken_net(promoters, detractors, n) AS nps,
    100 * hearken_net_low(promoters, detractors, n) AS nps_low,
    100 * hearken_net_high(promoters, detractors, n) AS nps_high
FROM v_score_answers AS a
WHERE a.metric = 'nps'
GROUP BY day, brand, survey_kind, survey_id, question_id, product_id, store_id, region, touchpoint, journey_stage, language
HAVING n != 0 OR excluded != 0
COMMENT 'Net promoter score of the own brands by day of the brand''s own time zone, kind of survey, survey, question, product, store, region, touchpoint, stage and language: 100 * (promoters - detractors) / n, promoters 9-10, detractors 0-6, passives in n, with its 95 % interval (adjusted Wald, clamped to -100..100); NULL where n is 0. n are whole answers 0-10 of genuine responses; excluded counts the others. Relationship and transactional scores are never pooled: each row is of one survey_kind'
