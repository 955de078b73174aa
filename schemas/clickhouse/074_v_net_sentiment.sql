CREATE OR REPLACE VIEW v_net_sentiment
AS SELECT
    hearken_day(f.occurred_at, f.time_precision, f.source, f.brand) AS day,
    f.brand AS brand,
    f.channel AS channel,
    f.journey_stage AS journey_stage,
    f.touchpoint AS touchpoint,
    f.product_id AS product_id,
    f.store_id AS store_id,
    f.region AS region,
    f.campaign AS campaign,
    f.language AS language,
    f.enricher_version AS enricher_version,
    sumIf(toInt64(f.sign), f.origin = 'genuine') AS n,
    n_all - n AS excluded,
    sumIf(toInt64(f.sign), f.origin = 'genuine' AND isNotNull(f.sentiment)) AS judged,
    sumIf(toInt64(f.sign), f.origin = 'genuine' AND ifNull(f.sentiment, '') = 'negative') AS negative,
    judged - negative - positive - mixed AS neutral,
    sumIf(toInt64(f.sign), f.origin = 'genuine' AND ifNull(f.sentiment, '') = 'positive') AS positive,
    sumIf(toInt64(f.sign), f.origin = 'genuine' AND ifNull(f.sentiment, '') = 'mixed') AS mixed,
    hearken_net(positive, negative, judged) AS net_sentiment,
    hearken_net_low(positive, negative, judged) AS net_sentiment_low,
    hearken_net_high(positive, negative, judged) AS net_sentiment_high,
    sum(toInt64(f.sign)) AS n_all,
    sumIf(toInt64(f.sign), isNotNull(f.sentiment)) AS judged_all,
    sumIf(toInt64(f.sign), ifNull(f.sentiment, '') = 'negative') AS negative_all,
    sumIf(toInt64(f.sign), ifNull(f.sentiment, '') = 'positive') AS positive_all,
    hearken_net(positive_all, negative_all, judged_all) AS net_sentiment_all
FROM feedback AS f
WHERE dictGet('hearken.brand_by_name', 'own', f.brand)
GROUP BY day, brand, channel, journey_stage, touchpoint, product_id, store_id, region, campaign, language, enricher_version
HAVING n != 0 OR n_all != 0
COMMENT 'How feedback on the own brands feels, by day of the brand''s own time zone, channel, stage, touchpoint, product, store, region, campaign, language and version of the enricher (so that customers who changed are told from a model that changed): net_sentiment = (positive - negative) / judged, neutral and mixed in judged, feedback without words not in it, with its 95 % interval (adjusted Wald, clamped to -1..1); NULL where judged is 0. n to net_sentiment_high are of genuine feedback, excluded counts the rest; n_all to net_sentiment_all are the switch: every origin'
