CREATE TABLE IF NOT EXISTS keyword_hour
(
    hour DateTime('UTC') COMMENT 'Hour of occurred_at',
    brand LowCardinality(String) COMMENT 'Brand; empty where unknown',
    channel LowCardinality(String) COMMENT 'Channel',
    term String COMMENT 'Keyword as analysts see it',
    feedback Int64 COMMENT 'Feedback whose newest state carries the term',
    negative Int64 COMMENT 'Of these, negative',
    positive Int64 COMMENT 'Of these, positive'
)
ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, brand, channel, term)
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'Keywords an hour: the leading terms of each message. Sum when reading: parts may not be merged yet'
