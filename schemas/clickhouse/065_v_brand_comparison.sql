CREATE OR REPLACE VIEW v_brand_comparison
AS WITH
    -- Adjusted Wald: three quarters of a feedback more on either side, three more in all.
    (positive + 0.75) / (judged + 3) AS p_adjusted,
    (negative + 0.75) / (judged + 3) AS q_adjusted,
    1.96 * sqrt(greatest(p_adjusted + q_adjusted - pow(p_adjusted - q_adjusted, 2), 0) / (judged + 3)) AS margin,
    -- A date was written in its source's zone: read in the brand's it could be the day before.
    if(f.time_precision = 'day', dictGet('hearken.source_by_name', 'time_zone', f.source), '') AS dated_in,
    if(dated_in = '', business_time_zone, dated_in) AS day_zone,
    -- NULL where it is no part of a scale: an integer of what is not finite would be an error.
    f.rating_value / f.rating_scale_max AS of_scale,
    if(of_scale >= 0 AND of_scale <= 1, of_scale, NULL) AS rating_part
SELECT
    toDate(toString(f.occurred_at, day_zone)) AS day,
    f.brand AS brand,
    dictGet('hearken.brand_by_name', 'own', f.brand)::Bool AS own,
    dictGet('hearken.brand_by_name', 'business_time_zone', f.brand) AS business_time_zone,
    sumIf(toInt64(f.sign), f.origin = 'genuine') AS n,
    sumIf(toInt64(f.sign), f.origin = 'genuine' AND isNotNull(f.sentiment)) AS judged,
    sumIf(toInt64(f.sign), f.origin = 'genuine' AND ifNull(f.sentiment, '') = 'negative') AS negative,
    sumIf(toInt64(f.sign), f.origin = 'genuine' AND ifNull(f.sentiment, '') = 'positive') AS positive,
    if(judged > 0, (positive - negative) / judged, NULL) AS net_sentiment,
    if(judged > 0, greatest(p_adjusted - q_adjusted - margin, -1), NULL) AS net_sentiment_low,
    if(judged > 0, least(p_adjusted - q_adjusted + margin, 1), NULL) AS net_sentiment_high,
    sumIf(toInt64(f.sign), f.origin = 'genuine' AND isNotNull(rating_part)) AS rated,
    if(rated > 0, sumIf(f.sign * toInt64(round(ifNull(rating_part, 0) * 10000)), f.origin = 'genuine') / 10000 / rated, NULL)
        AS rating_share_mean,
    sumIf(toInt64(f.sign), f.origin != 'genuine') AS excluded
FROM feedback AS f
WHERE f.brand != '' AND f.time_precision != 'unknown'
GROUP BY day, brand
HAVING n != 0 OR excluded != 0
COMMENT 'Own and competing brands side by side, a day of the brand''s own time zone (business_time_zone; of what is known to the day alone, the day its source wrote): genuine feedback, net_sentiment = (positive - negative) / judged, feedback without words not in judged, with its 95 % interval (adjusted Wald, clamped to -1..1), and the mean rating as a share of its scale; NULL where there is none. excluded counts what is not genuine'
