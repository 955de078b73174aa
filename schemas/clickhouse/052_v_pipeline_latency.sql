CREATE OR REPLACE VIEW v_pipeline_latency
AS SELECT
    toStartOfMinute(received_at) AS minute,
    count() AS n,
    quantileExact(0.5)(dateDiff('millisecond', received_at, written_at)) AS p50_ms,
    quantileExact(0.99)(dateDiff('millisecond', received_at, written_at)) AS p99_ms,
    quantileExact(0.99)(dateDiff('millisecond', received_at, enriched_at)) AS enriched_p99_ms
FROM feedback
WHERE sign = 1
GROUP BY minute
COMMENT 'From the raw record''s Kafka timestamp to the row, a minute of received_at: how far behind the pipeline is. A replay of old topics shows as large values'
