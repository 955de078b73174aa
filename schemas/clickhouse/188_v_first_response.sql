CREATE OR REPLACE VIEW v_first_response
AS SELECT
    brand,
    tier,
    rule,
    department,
    count() AS cases,
    countIf(isNotNull(answered_at)) AS n,
    cases - n AS unanswered,
    if(n > 0, quantileExactInclusiveIf(0.5)(waited, isNotNull(answered_at)), NULL) AS median_seconds,
    if(n > 0, quantileExactInclusiveIf(0.9)(waited, isNotNull(answered_at)), NULL) AS p90_seconds,
    countIf(isNotNull(answered_at) AND timed) AS customer_n,
    if(customer_n > 0, quantileExactInclusiveIf(0.5)(customer_waited, isNotNull(answered_at) AND timed), NULL) AS customer_median_seconds,
    if(customer_n > 0, quantileExactInclusiveIf(0.9)(customer_waited, isNotNull(answered_at) AND timed), NULL) AS customer_p90_seconds
FROM
(
    SELECT
        toString(c.brand) AS brand,
        toString(c.tier) AS tier,
        toString(c.rule) AS rule,
        c.department AS department,
        if(ifNull(c.first_response_at < {until:DateTime('UTC')}, false), c.first_response_at, NULL) AS answered_at,
        c.time_precision IN ('second', 'minute') AS timed,
        dateDiff('second', c.received_at, ifNull(answered_at, c.received_at)) AS waited,
        dateDiff('second', c.occurred_at, ifNull(answered_at, c.occurred_at)) AS customer_waited
    FROM v_cases AS c
    WHERE c.opened_at >= {from:DateTime('UTC')} AND c.opened_at < {until:DateTime('UTC')}
)
GROUP BY brand, tier, rule, department
COMMENT 'How long the first response took to cases opened in a window: v_first_response(from = ''2026-11-01 00:00:00'', until = ''2026-12-01 00:00:00''), UTC, until exclusive; what came at until or later counts as missing. A row per brand, tier, rule and department that has the case. Over the n that were answered (unanswered stands beside: the slow ones may be among them): median_seconds and p90_seconds from the record''s arrival, customer_… from when the customer spoke, of the customer_n for which that is known to the minute. Seconds on the clock, nights and holidays included; NULL where nothing was answered'
