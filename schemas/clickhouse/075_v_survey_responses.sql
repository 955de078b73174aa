CREATE OR REPLACE VIEW v_survey_responses
AS SELECT
    day,
    brand,
    survey_kind,
    survey_id,
    sumIf(states, genuine) AS answered,
    sumIf(states, NOT genuine) AS excluded,
    sumIf(states, genuine AND isNotNull(waited_ms)) AS sent_known,
    if(
        sent_known > 0,
        quantileExactWeightedIf(0.5)(ifNull(waited_ms, 0), toUInt64(greatest(states, 0)), genuine AND isNotNull(waited_ms)) / 3600000,
        NULL
    ) AS median_hours,
    CAST(NULL, 'Nullable(Float64)') AS response_rate
FROM
(
    SELECT
        hearken_day(f.occurred_at, f.time_precision, f.source, f.brand) AS day,
        f.brand AS brand,
        f.survey_kind AS survey_kind,
        f.survey_id AS survey_id,
        f.origin = 'genuine' AS genuine,
        -- Of what is known to the day alone, hours say nothing; an answer before the question is a clock that is wrong.
        if(
            f.time_precision IN ('second', 'minute') AND ifNull(f.sent_at <= f.occurred_at, false),
            dateDiff('millisecond', f.sent_at, f.occurred_at),
            NULL
        ) AS waited_ms,
        sum(toInt64(f.sign)) AS states
    FROM feedback AS f
    WHERE f.channel = 'survey' AND dictGet('hearken.brand_by_name', 'own', f.brand)
    GROUP BY day, brand, survey_kind, survey_id, genuine, waited_ms
    HAVING states != 0
)
GROUP BY day, brand, survey_kind, survey_id
COMMENT 'Responses to surveys of the own brands by the day they were answered (the brand''s own time zone), kind and survey: answered are genuine responses, excluded the others; median_hours is the middle wait from sent_at to the answer (of an even number the lower of the two) over the sent_known of answered that say when they were sent and whose own time is known to the minute, NULL where none is. response_rate is NULL: Hearken is told of responses alone, not of how many were asked, and a share of an unknown number is unknown'
