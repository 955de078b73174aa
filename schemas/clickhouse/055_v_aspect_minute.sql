CREATE OR REPLACE VIEW v_aspect_minute
AS SELECT
    toStartOfMinute(f.occurred_at) AS minute,
    f.brand AS brand,
    aspect.1 AS category,
    aspect.2 AS topic,
    sumIf(toInt64(f.sign), f.origin = 'genuine') AS mentions,
    sumIf(toInt64(f.sign), f.origin = 'genuine' AND aspect.3 = 'negative') AS negative,
    sumIf(toInt64(f.sign), f.origin = 'genuine' AND aspect.3 = 'positive') AS positive,
    mentions - negative - positive AS neutral,
    hearken_net(positive, negative, mentions) AS net,
    hearken_net_low(positive, negative, mentions) AS net_low,
    hearken_net_high(positive, negative, mentions) AS net_high,
    sumIf(toInt64(f.sign), f.origin != 'genuine') AS excluded
FROM feedback AS f
ARRAY JOIN arrayZip(f.aspects.category, f.aspects.topic, f.aspects.polarity) AS aspect
WHERE f.time_precision IN ('second', 'minute') AND dictGet('hearken.brand_by_name', 'own', f.brand)
GROUP BY minute, brand, category, topic
HAVING mentions != 0 OR excluded != 0
COMMENT 'Aspects mentioned a minute by genuine feedback of the own brands, of those whose time is known to the minute. net = (positive - negative) / mentions, neutral in mentions, with its 95 % interval (adjusted Wald, clamped to -1..1), NULL where there are none; excluded counts mentions by what is not genuine'
