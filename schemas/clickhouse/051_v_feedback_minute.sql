CREATE OR REPLACE VIEW v_feedback_minute
AS WITH
    -- Adjusted Wald: three quarters of a promoter and of a detractor more, three answers more in all.
    (positive + 0.75) / (n + 3) AS p_adjusted,
    (negative + 0.75) / (n + 3) AS q_adjusted,
    1.96 * sqrt((p_adjusted + q_adjusted - pow(p_adjusted - q_adjusted, 2)) / (n + 3)) AS margin
SELECT
    minute,
    brand,
    channel,
    journey_stage,
    sum(m.arrivals) AS arrivals,
    sum(m.feedback) AS n,
    sum(m.negative) AS negative,
    sum(m.positive) AS positive,
    sum(m.mixed) AS mixed,
    n - negative - positive - mixed AS neutral,
    if(n > 0, (positive - negative) / n, NULL) AS net_sentiment,
    if(n > 0, greatest(p_adjusted - q_adjusted - margin, -1), NULL) AS net_sentiment_low,
    if(n > 0, least(p_adjusted - q_adjusted + margin, 1), NULL) AS net_sentiment_high,
    if(n > 0, sum(m.score_sum) / 10000 / n, NULL) AS score_mean,
    sum(m.rated) AS rated,
    if(rated > 0, sum(m.rating_sum) / 10000 / rated, NULL) AS rating_share_mean
FROM feedback_minute AS m
WHERE dictGet('hearken.brand_by_name', 'own', brand)
GROUP BY minute, brand, channel, journey_stage
HAVING n != 0 OR arrivals != 0
COMMENT 'Feedback a minute of the own brands by brand, channel and journey stage. net_sentiment = (positive - negative) / n, neutral and mixed in n, with its 95 % interval (adjusted Wald, clamped to -1..1); NULL where n is 0'
