CREATE TABLE IF NOT EXISTS states
(
    of_table LowCardinality(String) COMMENT 'The table that has the row: feedback, orders, visits or customers',
    id UUID COMMENT 'What it is a state of: feedback_id or record_id',
    channel LowCardinality(String) COMMENT 'Where the row lies in feedback, together with hour; empty for other tables',
    hour DateTime('UTC') COMMENT 'The hour of occurred_at',
    version UInt64 COMMENT 'The state''s version; 0 for orders, visits and customers',
    src_topic LowCardinality(String) COMMENT 'Raw record: topic',
    src_partition Int32 COMMENT 'Raw record: partition',
    src_offset Int64 COMMENT 'Raw record: offset',
    in_topic LowCardinality(String) COMMENT 'The sink''s input: topic',
    in_partition Int32 COMMENT 'The sink''s input: partition',
    in_offset Int64 COMMENT 'The sink''s input: offset',
    in_epoch UInt32 COMMENT 'The sink''s input: the life of its offsets',
    content_crc UInt32 COMMENT 'CRC-32 of what the record says'
)
ENGINE = MergeTree
ORDER BY id
SETTINGS non_replicated_deduplication_window = 100000, index_granularity = 256, min_compress_block_size = 4096, max_compress_block_size = 8192
COMMENT 'Every state that has a row, by its id alone: where the sink looks up what it knows. One table without partitions and in small pieces, since random ids touch every part of a table that is cut by months'
