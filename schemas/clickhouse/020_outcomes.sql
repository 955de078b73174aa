CREATE TABLE IF NOT EXISTS outcomes
(
    kind LowCardinality(String) COMMENT 'repeat: the same state again; stale: an older state than the newest known; erased: it names a customer who was erased',
    record_id UUID COMMENT 'The feedback, or the state of the order, visit or customer; zeros of what was erased',
    version UInt64 COMMENT 'The version that came; 0 for orders, visits and customers',
    received_at DateTime64(3, 'UTC') COMMENT 'When the raw record reached Kafka',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this server wrote the row',
    src_topic LowCardinality(String) COMMENT 'Raw record: topic',
    src_partition Int32 COMMENT 'Raw record: partition',
    src_offset Int64 COMMENT 'Raw record: offset',
    in_topic LowCardinality(String) COMMENT 'The sink''s input: topic',
    in_partition Int32 COMMENT 'The sink''s input: partition',
    in_offset Int64 COMMENT 'The sink''s input: offset',
    in_epoch UInt32 COMMENT 'The sink''s input: the life of its offsets; a rewind begins another, and what an earlier one wrote counts as known',
    crc UInt32 COMMENT 'CRC-32 of the raw record''s bytes'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (src_topic, src_partition, src_offset)
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'Records that rightly made no row, with the reason: together with the tables'' rows and dead_letters every raw record is accounted for'
