CREATE TABLE IF NOT EXISTS dead_letters
(
    stage LowCardinality(String) COMMENT 'The service that gave the record up: ingest, enrich or sink',
    reason LowCardinality(String) COMMENT 'Reason code',
    detail String COMMENT 'What to mend: the field and what was expected',
    at_topic LowCardinality(String) COMMENT 'The record given up: topic',
    at_partition Int32 COMMENT 'The record given up: partition',
    at_offset Int64 COMMENT 'The record given up: offset',
    received_at DateTime64(3, 'UTC') COMMENT 'Kafka timestamp of the record given up',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this server wrote the row',
    src_topic LowCardinality(String) COMMENT 'Raw record: topic; empty where the lineage is broken',
    src_partition Int32 COMMENT 'Raw record: partition; -1 where the lineage is broken',
    src_offset Int64 COMMENT 'Raw record: offset; -1 where the lineage is broken',
    in_topic LowCardinality(String) COMMENT 'Where the original bytes are: topic',
    in_partition Int32 COMMENT 'Where the original bytes are: partition',
    in_offset Int64 COMMENT 'Where the original bytes are: offset',
    in_epoch UInt32 COMMENT 'The sink''s input: the life of its offsets; a rewind begins another, and what an earlier one wrote counts as known',
    crc UInt32 COMMENT 'CRC-32 of the raw record''s bytes; of the record given up where the lineage is broken',
    size_bytes UInt64 COMMENT 'Size of the original value',
    excerpt String COMMENT 'The beginning of the value, personal data replaced'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (at_topic, at_partition, at_offset)
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'Records that could not go on, and why; the original bytes stay on the dead-letter topic'
