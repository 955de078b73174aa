CREATE TABLE IF NOT EXISTS visits
(
    record_id UUID COMMENT 'Identity: UUIDv5 of (source, visit_id, event, occurred_at, page, product_id)',
    source LowCardinality(String) COMMENT 'The site or app',
    visit_id String COMMENT 'Its id of the visit',
    customer_id Nullable(String) COMMENT 'Who visited; NULL where unknown or a placeholder',
    id_namespace LowCardinality(String) COMMENT 'Within what customer_id is unique; empty where there is one namespace',
    visitor_id Nullable(String) COMMENT 'The site''s id of the device or browser',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it was done',
    time_precision LowCardinality(String) COMMENT 'How exactly occurred_at is known: second, minute, day or unknown',
    received_at DateTime64(3, 'UTC') COMMENT 'When the raw record reached Kafka',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this server wrote the row',
    page LowCardinality(String) COMMENT 'Where on the site, without its query; empty where unknown',
    event LowCardinality(String) COMMENT 'view, bounce, add_to_cart or form',
    dwell_ms Nullable(UInt64) COMMENT 'How long it took, milliseconds',
    touchpoint LowCardinality(Nullable(String)) COMMENT 'The touchpoint as the source names it',
    campaign LowCardinality(Nullable(String)) COMMENT 'The campaign that led here',
    brand LowCardinality(String) COMMENT 'The brand, as the catalog names it; empty where unknown',
    product_id LowCardinality(Nullable(String)) COMMENT 'The product looked at',
    attributes Map(LowCardinality(String), String) COMMENT 'Whatever else the source sent, personal data replaced',
    src_topic LowCardinality(String) COMMENT 'Raw record: topic',
    src_partition Int32 COMMENT 'Raw record: partition',
    src_offset Int64 COMMENT 'Raw record: offset',
    in_topic LowCardinality(String) COMMENT 'The sink''s input: topic',
    in_partition Int32 COMMENT 'The sink''s input: partition',
    in_offset Int64 COMMENT 'The sink''s input: offset',
    in_epoch UInt32 COMMENT 'The sink''s input: the life of its offsets; a rewind begins another, and what an earlier one wrote counts as known',
    crc UInt32 COMMENT 'CRC-32 of the raw record''s bytes',
    content_crc UInt32 COMMENT 'CRC-32 of what the record says'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (source, toStartOfHour(occurred_at), visit_id)
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'One row per event of a visit to a site or an app'
