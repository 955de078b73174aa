CREATE OR REPLACE VIEW v_deliveries
AS SELECT
    m.message_id AS message_id,
    m.kind AS kind,
    m.channel AS channel,
    m.owner AS owner,
    m.case_id AS case_id,
    m.alert_id AS alert_id,
    m.urgent AS urgent,
    m.created_at AS created_at,
    if(ifNull(d.last_outcome, '') = '', 'waiting', assumeNotNull(d.last_outcome)) AS outcome,
    ifNull(d.tries, 0) AS attempts,
    d.first_try AS first_tried_at,
    d.last_try AS last_at,
    d.delivered AS delivered_at,
    if(isNull(delivered_at), NULL, dateDiff('millisecond', created_at, assumeNotNull(delivered_at))) AS latency_ms,
    ifNull(d.last_status, 0) AS status,
    ifNull(d.last_error, '') AS error,
    d.digest AS folded_into
FROM
(
    SELECT * EXCEPT (notice) FROM messages ORDER BY created_at, message_id LIMIT 1 BY message_id
) AS m
LEFT JOIN
(
    SELECT
        message_id AS of_message,
        argMax((toString(outcome), status, error), at) AS last,
        last.1 AS last_outcome,
        last.2 AS last_status,
        last.3 AS last_error,
        uniqExactIf((at, attempt), attempt > 0) AS tries,
        minOrNullIf(at, attempt > 0) AS first_try,
        maxOrNull(at) AS last_try,
        minOrNullIf(at, outcome = 'delivered') AS delivered,
        argMaxOrNull(folded_into, at) AS digest
    FROM deliveries
    GROUP BY message_id
) AS d ON d.of_message = m.message_id
COMMENT 'Every message of the last 90 days once, with what became of it: outcome is that of the last attempt (delivered, failed and tried again later, given_up, folded into the digest folded_into, requeued by hand), or waiting where none was made; attempts counts tries, status and error are the last one''s (0 where nothing answered). delivered_at is the first time a receiver took it, latency_ms = delivered_at - created_at. A receiver may have got it more than once, under one message_id'
