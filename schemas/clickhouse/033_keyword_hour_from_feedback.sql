CREATE MATERIALIZED VIEW IF NOT EXISTS keyword_hour_from_feedback TO keyword_hour
AS SELECT
    toStartOfHour(occurred_at) AS hour,
    brand,
    channel,
    arrayJoin(arrayDistinct(arraySlice(keywords.term, 1, 5))) AS term,
    sum(toInt64(sign)) AS feedback,
    sum(sign * toInt64(ifNull(sentiment, '') = 'negative')) AS negative,
    sum(sign * toInt64(ifNull(sentiment, '') = 'positive')) AS positive
FROM feedback
GROUP BY hour, brand, channel, term
COMMENT 'Fills keyword_hour'
