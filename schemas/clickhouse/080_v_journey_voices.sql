CREATE OR REPLACE VIEW v_journey_voices
AS SELECT
    of_day AS day,
    of_brand AS brand,
    hearken_aspect_stage(told_of, of_stage) AS journey_stage,
    hearken_touchpoint(ifNull(told_of, of_touchpoint)) AS touchpoint,
    sum(genuine) AS n,
    sum(states - genuine) AS excluded,
    sumIf(genuine, feeling != '') AS judged,
    sumIf(genuine, feeling = 'negative') AS negative,
    sumIf(genuine, feeling = 'positive') AS positive,
    hearken_net(positive, negative, judged) AS net_sentiment,
    hearken_net_low(positive, negative, judged) AS net_sentiment_low,
    hearken_net_high(positive, negative, judged) AS net_sentiment_high
FROM
(
    -- Voices alike are added up before the catalog is asked where they belong. A record without aspects is a voice of its own.
    SELECT
        of_day,
        of_brand,
        of_touchpoint,
        of_stage,
        told_of,
        feeling,
        sum(state) AS states,
        sumIf(state, is_genuine) AS genuine
    FROM
    (
        SELECT
            hearken_day(f.occurred_at, f.time_precision, f.source, f.brand) AS of_day,
            f.brand AS of_brand,
            f.touchpoint AS of_touchpoint,
            f.journey_stage AS of_stage,
            if(empty(f.aspects.polarity), [NULL], f.aspects.touchpoint) AS touchpoints,
            if(empty(f.aspects.polarity), [ifNull(f.sentiment, '')], f.aspects.polarity) AS feelings,
            toInt64(f.sign) AS state,
            f.origin = 'genuine' AS is_genuine
        FROM feedback AS f
        WHERE dictGet('hearken.brand_by_name', 'own', f.brand)
    )
    ARRAY JOIN touchpoints AS told_of, feelings AS feeling
    GROUP BY of_day, of_brand, of_touchpoint, of_stage, told_of, feeling
)
GROUP BY day, brand, journey_stage, touchpoint
HAVING n != 0 OR excluded != 0
COMMENT 'What was said along the journey of the own brands, by day of the brand''s own time zone, stage and touchpoint. n counts voices: an aspect at its own touchpoint (the record''s where it has none), and a record without aspects at the record''s. Touchpoints are written as the catalog writes them, empty where there is none. net_sentiment = (positive - negative) / judged, voices without words not in judged, with its 95 % interval (adjusted Wald, clamped to -1..1); NULL where judged is 0. n and what follows are of genuine feedback, excluded counts the rest'
