CREATE TABLE IF NOT EXISTS placement
(
    shard UInt32 COMMENT 'Which shard this server is, counted from 0 in the order of clickhouse.shards',
    shards UInt32 COMMENT 'How many shards there are; a row lies on the shard that follows from its id and this number, so it never changes',
    noted_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the sink first wrote here'
)
ENGINE = MergeTree
ORDER BY (shards, shard)
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'Under which number of shards the sink writes here, noted at its first start; it refuses to start under another'
