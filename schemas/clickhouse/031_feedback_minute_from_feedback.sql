CREATE MATERIALIZED VIEW IF NOT EXISTS feedback_minute_from_feedback TO feedback_minute
AS SELECT
    toStartOfMinute(occurred_at) AS minute,
    brand,
    channel,
    journey_stage,
    sum(toInt64(arrival)) AS arrivals,
    sum(toInt64(sign)) AS feedback,
    sum(sign * toInt64(sentiment = 'negative')) AS negative,
    sum(sign * toInt64(sentiment = 'positive')) AS positive,
    sum(sign * toInt64(sentiment = 'mixed')) AS mixed,
    sum(sign * toInt64(round(sentiment_score * 10000))) AS score_sum,
    sum(sign * toInt64(isNotNull(rating_value))) AS rated,
    sum(sign * toInt64(round(ifNull(rating_value / rating_scale_max, 0) * 10000))) AS rating_sum
FROM feedback
WHERE time_precision IN ('second', 'minute')
GROUP BY minute, brand, channel, journey_stage
COMMENT 'Fills feedback_minute'
