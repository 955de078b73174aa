CREATE OR REPLACE VIEW v_feedback_minute
AS SELECT
    minute,
    brand,
    channel,
    journey_stage,
    sum(m.arrivals) AS arrivals,
    sum(m.organic) AS n,
    sum(m.feedback) - n AS excluded,
    sum(m.judged) AS judged,
    sum(m.negative) AS negative,
    sum(m.positive) AS positive,
    sum(m.mixed) AS mixed,
    judged - negative - positive - mixed AS neutral,
    hearken_net(positive, negative, judged) AS net_sentiment,
    hearken_net_low(positive, negative, judged) AS net_sentiment_low,
    hearken_net_high(positive, negative, judged) AS net_sentiment_high,
    if(judged > 0, sum(m.score_sum) / 10000 / judged, NULL) AS score_mean,
    sum(m.churn) AS churn,
    sum(m.rated) AS rated,
    if(rated > 0, sum(m.rating_sum) / 10000 / rated, NULL) AS rating_share_mean
FROM feedback_minute AS m
WHERE dictGet('hearken.brand_by_name', 'own', brand)
GROUP BY minute, brand, channel, journey_stage
HAVING n != 0 OR excluded != 0 OR arrivals != 0
COMMENT 'Genuine feedback a minute of the own brands by brand, channel and journey stage; excluded counts what is not (default praise, promotion, bare reposts, own accounts, automated and garbled messages). net_sentiment = (positive - negative) / judged, neutral and mixed in judged, feedback without words not in it, with its 95 % interval (adjusted Wald, clamped to -1..1); NULL where judged is 0. churn counts those of n that mean to leave'
