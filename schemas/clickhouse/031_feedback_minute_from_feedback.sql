CREATE MATERIALIZED VIEW IF NOT EXISTS feedback_minute_from_feedback TO feedback_minute
AS WITH
    origin = 'genuine' AS is_organic,
    is_organic AND isNotNull(sentiment) AS is_judged,
    -- What is no part of its scale is none, whatever the numbers are: this view must not fail on any row.
    is_organic AND ifNull(rating_value / rating_scale_max BETWEEN 0 AND 1, false) AS is_rated
SELECT
    toStartOfMinute(occurred_at) AS minute,
    brand,
    channel,
    journey_stage,
    sum(sign * toInt64(arrival)) AS arrivals,
    sum(toInt64(sign)) AS feedback,
    sum(sign * toInt64(is_organic)) AS organic,
    sum(sign * toInt64(is_judged)) AS judged,
    sum(sign * toInt64(is_judged AND ifNull(sentiment, '') = 'negative')) AS negative,
    sum(sign * toInt64(is_judged AND ifNull(sentiment, '') = 'positive')) AS positive,
    sum(sign * toInt64(is_judged AND ifNull(sentiment, '') = 'mixed')) AS mixed,
    sum(sign * toInt64(round(if(is_judged AND ifNull(sentiment_score BETWEEN -1 AND 1, false), ifNull(sentiment_score, 0), 0) * 10000))) AS score_sum,
    sum(sign * toInt64(is_organic AND has(intents.kind, 'churn'))) AS churn,
    sum(sign * toInt64(is_rated)) AS rated,
    sum(sign * toInt64(round(if(is_rated, ifNull(rating_value / rating_scale_max, 0), 0) * 10000))) AS rating_sum
FROM feedback
WHERE time_precision IN ('second', 'minute')
GROUP BY minute, brand, channel, journey_stage
COMMENT 'Fills feedback_minute'
