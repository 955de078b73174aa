CREATE TABLE IF NOT EXISTS orders
(
    record_id UUID COMMENT 'Identity of this state: UUIDv5 of (order_id, status, updated_at)',
    source LowCardinality(String) COMMENT 'The system that sent it',
    order_id String COMMENT 'The company''s number of the order',
    customer_id Nullable(String) COMMENT 'Who ordered; NULL where unknown or a placeholder',
    id_namespace LowCardinality(String) COMMENT 'Within what customer_id is unique; empty where there is one namespace',
    status LowCardinality(String) COMMENT 'The order''s status, lower case',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it was ordered',
    time_precision LowCardinality(String) COMMENT 'How exactly occurred_at is known: second, minute, day or unknown',
    updated_at DateTime64(3, 'UTC') COMMENT 'When it took this status',
    received_at DateTime64(3, 'UTC') COMMENT 'When the raw record reached Kafka',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this server wrote the row',
    amount Nullable(Decimal(18, 4)) COMMENT 'Total in currency',
    currency LowCardinality(String) COMMENT 'ISO 4217; empty where unknown',
    `items.product_id` Array(LowCardinality(String)) COMMENT 'What was ordered',
    `items.quantity` Array(Float32) COMMENT 'How many',
    `items.amount` Array(Nullable(Decimal(18, 4))) COMMENT 'The line''s total in currency',
    store_id LowCardinality(Nullable(String)) COMMENT 'The store; NULL online',
    brand LowCardinality(String) COMMENT 'The brand, as the catalog names it; empty where unknown',
    region LowCardinality(Nullable(String)) COMMENT 'The customer''s region',
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
ORDER BY (order_id, updated_at)
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'One row per state of an order, append-only; read v_orders for the newest states'
