CREATE OR REPLACE VIEW v_crowds
AS SELECT
    toStartOfHour(occurred_at) AS hour,
    brand,
    channel,
    arrayJoin(hearken_quarters(simhash)) AS quarter,
    uniq(coalesce(author_key, customer_id, toString(feedback_id))) AS people
FROM feedback
WHERE sign = 1 AND isNotNull(simhash) AND time_precision IN ('second', 'minute')
GROUP BY hour, brand, channel, quarter
HAVING people >= 8
COMMENT 'Nearly the same words from many within an hour, for rules to leave out: a row per hour, brand, channel and quarter of the simhash (hearken_quarters) that eight people or more share. Cheap where the hours are named: (hour, brand, channel) IN (…). Coarser than v_bursts, which judges afterwards and in full; words under 36 bytes are alike without anybody arranging it, so ask of longer ones alone'
