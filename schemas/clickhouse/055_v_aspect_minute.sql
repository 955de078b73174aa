CREATE OR REPLACE VIEW v_aspect_minute
AS WITH
    -- Adjusted Wald: three quarters of a mention more on either side, three mentions more in all.
    (positive + 0.75) / (mentions + 3) AS p_adjusted,
    (negative + 0.75) / (mentions + 3) AS q_adjusted,
    1.96 * sqrt(greatest(p_adjusted + q_adjusted - pow(p_adjusted - q_adjusted, 2), 0) / (mentions + 3)) AS margin
SELECT
    toStartOfMinute(f.occurred_at) AS minute,
    f.brand AS brand,
    aspect.1 AS category,
    aspect.2 AS topic,
    sumIf(toInt64(f.sign), f.origin = 'genuine') AS mentions,
    sumIf(toInt64(f.sign), f.origin = 'genuine' AND aspect.3 = 'negative') AS negative,
    sumIf(toInt64(f.sign), f.origin = 'genuine' AND aspect.3 = 'positive') AS positive,
    mentions - negative - positive AS neutral,
    if(mentions > 0, (positive - negative) / mentions, NULL) AS net,
    if(mentions > 0, greatest(p_adjusted - q_adjusted - margin, -1), NULL) AS net_low,
    if(mentions > 0, least(p_adjusted - q_adjusted + margin, 1), NULL) AS net_high,
    sumIf(toInt64(f.sign), f.origin != 'genuine') AS excluded
FROM feedback AS f
ARRAY JOIN arrayZip(f.aspects.category, f.aspects.topic, f.aspects.polarity) AS aspect
WHERE f.time_precision IN ('second', 'minute') AND dictGet('hearken.brand_by_name', 'own', f.brand)
GROUP BY minute, brand, category, topic
HAVING mentions != 0 OR excluded != 0
COMMENT 'Aspects mentioned a minute by genuine feedback of the own brands, of those whose time is known to the minute. net = (positive - negative) / mentions, neutral in mentions, with its 95 % interval (adjusted Wald, clamped to -1..1), NULL where there are none; excluded counts mentions by what is not genuine'
