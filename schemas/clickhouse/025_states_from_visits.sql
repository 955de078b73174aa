CREATE MATERIALIZED VIEW IF NOT EXISTS states_from_visits TO states
AS SELECT 'visits' AS of_table, record_id AS id, '' AS channel, toDateTime(0, 'UTC') AS hour, toUInt64(0) AS version, src_topic, src_partition, src_offset, in_topic, in_partition, in_offset, in_epoch, content_crc
FROM visits
COMMENT 'Fills states'
