CREATE OR REPLACE VIEW v_ces
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
    a.direction AS direction,
    sumIf(toInt64(a.sign), a.counts) AS n,
    sumIf(a.sign * toFloat64(ifNull(a.value, 0)), a.counts) AS score_sum,
    if(n > 0, score_sum / n, NULL) AS mean,
    if(any(a.scale) = '7 agree', sumIf(toInt64(a.sign), a.wins), NULL) AS agreed,
    if(n > 0, agreed / n, NULL) AS easy_share,
    hearken_share_low(agreed, n) AS easy_low,
    hearken_share_high(agreed, n) AS easy_high,
    sumIf(toInt64(a.sign), NOT a.counts) AS excluded
FROM v_score_answers AS a
WHERE a.metric = 'ces'
GROUP BY day, brand, survey_kind, survey_id, question_id, product_id, store_id, region, touchpoint, journey_stage, language, scale_max, direction
HAVING n != 0 OR excluded != 0
COMMENT 'Customer effort of the own brands by day of the brand''s own time zone, kind of survey, survey, question, product, store, region, touchpoint, stage, language, scale and direction (agree, ease or effort: which end is good): the mean answer, and on the 7-point agree scale the share of 5-7 (easy_share) with its 95 % Wilson interval; agreed and easy_share are NULL on every other scale, all of them where n is 0. n are answers from 0 to scale_max of genuine responses; excluded counts the others. Add up rows of one scale and direction only'
