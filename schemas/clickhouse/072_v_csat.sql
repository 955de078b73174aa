CREATE OR REPLACE VIEW v_csat
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
    a.scale_max AS scale_max,
    sumIf(toInt64(a.sign), a.counts) AS n,
    sumIf(toInt64(a.sign), a.wins) AS top_two,
    sumIf(toInt64(a.sign), NOT a.counts) AS excluded,
    if(n > 0, top_two / n, NULL) AS csat,
    hearken_share_low(top_two, n) AS csat_low,
    hearken_share_high(top_two, n) AS csat_high
FROM v_score_answers AS a
WHERE a.metric = 'csat'
GROUP BY day, brand, survey_kind, survey_id, question_id, product_id, store_id, region, touchpoint, journey_stage, language, scale_max
HAVING n != 0 OR excluded != 0
COMMENT 'Customer satisfaction of the own brands by day of the brand''s own time zone, kind of survey, survey, question, product, store, region, touchpoint, stage, language and scale: the share of the two top boxes (4-5 of 5, 6-7 of 7, scale_max - 1 or more) in n, with its 95 % Wilson interval; NULL where n is 0. n are answers from 0 to scale_max of genuine responses, scales of 3 points or more; excluded counts the others. Add up rows of one scale only'
