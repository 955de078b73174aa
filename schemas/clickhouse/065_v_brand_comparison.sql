CREATE OR REPLACE VIEW v_brand_comparison
AS WITH
    -- NULL where it is no part of a scale: an integer of what is not finite would be an error.
    f.rating_value / f.rating_scale_max AS of_scale,
    if(of_scale >= 0 AND of_scale <= 1, of_scale, NULL) AS rating_part
SELECT
    hearken_day(f.occurred_at, f.time_precision, f.source, f.brand) AS day,
    f.brand AS brand,
    dictGet('hearken.brand_by_name', 'own', f.brand)::Bool AS own,
    dictGet('hearken.brand_by_name', 'business_time_zone', f.brand) AS business_time_zone,
    sumIf(toInt64(f.sign), f.origin = 'genuine') AS n,
    sumIf(toInt64(f.sign), f.origin = 'genuine' AND isNotNull(f.sentiment)) AS judged,
    sumIf(toInt64(f.sign), f.origin = 'genuine' AND ifNull(f.sentiment, '') = 'negative') AS negative,
    sumIf(toInt64(f.sign), f.origin = 'genuine' AND ifNull(f.sentiment, '') = 'positive') AS positive,
    hearken_net(positive, negative, judged) AS net_sentiment,
    hearken_net_low(positive, negative, judged) AS net_sentiment_low,
    hearken_net_high(positive, negative, judged) AS net_sentiment_high,
    sumIf(toInt64(f.sign), f.origin = 'genuine' AND isNotNull(rating_part)) AS rated,
    if(rated > 0, sumIf(f.sign * toInt64(round(ifNull(rating_part, 0) * 10000)), f.origin = 'genuine') / 10000 / rated, NULL)
        AS rating_share_mean,
    sumIf(toInt64(f.sign), f.origin != 'genuine') AS excluded
FROM feedback AS f
WHERE f.brand != '' AND f.time_precision != 'unknown'
GROUP BY day, brand
HAVING n != 0 OR excluded != 0
COMMENT 'Own and competing brands side by side, a day of the brand''s own time zone (business_time_zone; of what is known to the day alone, the day its source wrote): genuine feedback, net_sentiment = (positive - negative) / judged, feedback without words not in judged, with its 95 % interval (adjusted Wald, clamped to -1..1), and the mean rating as a share of its scale; NULL where there is none. excluded counts what is not genuine'
