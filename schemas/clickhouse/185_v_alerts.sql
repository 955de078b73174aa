CREATE OR REPLACE VIEW v_alerts
AS SELECT
    a.*,
    dateDiff('millisecond', a.occurred_at, a.alert_at) AS page_ms,
    dateDiff('millisecond', a.seen_at, a.alert_at) AS seen_ms,
    m.delivered AS delivered_at,
    multiIf(
        isNull(a.case_id), 'no case',
        ifNull(c.mistaken, false), 'mistaken',
        ifNull(c.at_last, '') = '', 'open',
        assumeNotNull(c.at_last)
    ) AS case_outcome
FROM
(
    SELECT * FROM alerts ORDER BY alert_id, alert_at LIMIT 1 BY alert_id
) AS a
LEFT JOIN
(
    SELECT assumeNotNull(told.alert_id) AS of_alert, min(ifNull(told.delivered_at, digest.came)) AS delivered
    FROM v_deliveries AS told
    LEFT JOIN
    (
        SELECT message_id AS digest_id, min(at)::Nullable(DateTime64(3, 'UTC')) AS came FROM deliveries WHERE outcome = 'delivered' GROUP BY message_id
    ) AS digest ON digest.digest_id = told.folded_into
    WHERE isNotNull(told.alert_id) AND told.kind = 'alert'
    GROUP BY of_alert
) AS m ON m.of_alert = a.alert_id
LEFT JOIN
(
    SELECT case_id AS of_case, argMaxIf(toString(state), at, state != '') AS at_last, countIf(kind IN ('wrong_reason', 'not_a_customer')) > 0 AS mistaken
    FROM v_case_events
    GROUP BY case_id
) AS c ON c.of_case = a.case_id
COMMENT 'Every alert once. page_ms = alert_at - occurred_at is what passed since the customer spoke, seen_ms = alert_at - seen_at what passed since a rule could know; delivered_at is when the first receiver took its message, or the digest it was folded into, NULL where none did. case_outcome is the state of its case, mistaken where somebody said that the reason is wrong or that it is no customer, "no case" where it opened none. What the customer did is in v_alert_outcomes'
