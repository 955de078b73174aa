CREATE MATERIALIZED VIEW IF NOT EXISTS states_from_feedback TO states
AS SELECT 'feedback' AS of_table, feedback_id AS id, channel, toStartOfHour(occurred_at) AS hour, version, src_topic, src_partition, src_offset, in_topic, in_partition, in_offset, in_epoch, content_crc
FROM feedback WHERE sign = 1
COMMENT 'Fills states'
