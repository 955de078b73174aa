CREATE OR REPLACE VIEW v_journey_voices
AS SELECT
    hearken_day(v.occurred_at, v.time_precision, v.source, v.brand) AS day,
    v.brand AS brand,
    v.journey_stage AS journey_stage,
    v.touchpoint AS touchpoint,
    sumIf(toInt64(v.sign), v.origin = 'genuine') AS n,
    sumIf(toInt64(v.sign), v.origin != 'genuine') AS excluded,
    sumIf(toInt64(v.sign), v.origin = 'genuine' AND v.feeling != '') AS judged,
    sumIf(toInt64(v.sign), v.origin = 'genuine' AND v.feeling = 'negative') AS negative,
    sumIf(toInt64(v.sign), v.origin = 'genuine' AND v.feeling = 'positive') AS positive,
    hearken_net(positive, negative, judged) AS net_sentiment,
    hearken_net_low(positive, negative, judged) AS net_sentiment_low,
    hearken_net_high(positive, negative, judged) AS net_sentiment_high
FROM
(
    -- A record without aspects is one voice of its own: LEFT ARRAY JOIN keeps it.
    SELECT
        f.sign AS sign,
        f.occurred_at AS occurred_at,
        f.time_precision AS time_precision,
        f.source AS source,
        f.brand AS brand,
        f.origin AS origin,
        hearken_aspect_stage(told_of, f.journey_stage) AS journey_stage,
        hearken_touchpoint(ifNull(told_of, f.touchpoint)) AS touchpoint,
        if(empty(f.aspects.polarity), ifNull(f.sentiment, ''), polarity) AS feeling
    FROM feedback AS f
    LEFT ARRAY JOIN f.aspects.touchpoint AS told_of, f.aspects.polarity AS polarity
    WHERE dictGet('hearken.brand_by_name', 'own', f.brand)
) AS v
GROUP BY day, brand, journey_stage, touchpoint
HAVING n != 0 OR excluded != 0
COMMENT 'What was said along the journey of the own brands, by day of the brand''s own time zone, stage and touchpoint. n counts voices: an aspect at its own touchpoint (the record''s where it has none), and a record without aspects at the record''s. Touchpoints are written as the catalog writes them, empty where there is none. net_sentiment = (positive - negative) / judged, voices without words not in judged, with its 95 % interval (adjusted Wald, clamped to -1..1); NULL where judged is 0. n and what follows are of genuine feedback, excluded counts the rest'
