CREATE TABLE IF NOT EXISTS customers
(
    record_id UUID COMMENT 'Identity of this state: UUIDv5 of (id_namespace, customer_id, updated_at)',
    source LowCardinality(String) COMMENT 'The system that sent it; empty on a deletion by a record without a value',
    customer_id String COMMENT 'The company''s id of the customer',
    id_namespace LowCardinality(String) COMMENT 'Within what it is unique; empty where there is one namespace',
    updated_at DateTime64(3, 'UTC') COMMENT 'When the customer took this state',
    received_at DateTime64(3, 'UTC') COMMENT 'When the raw record reached Kafka',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When this server wrote the row',
    deleted Bool COMMENT 'Whether the customer was deleted',
    name Nullable(String) COMMENT 'The customer''s name; a personal column',
    segment LowCardinality(String) COMMENT 'The company''s segment; empty where unknown',
    region LowCardinality(Nullable(String)) COMMENT 'Where the customer lives',
    owner LowCardinality(Nullable(String)) COMMENT 'Who answers for this customer',
    consent_contact Nullable(Bool) COMMENT 'Whether the customer may be contacted',
    status LowCardinality(Nullable(String)) COMMENT 'Such as active or ended',
    `aliases.type` Array(LowCardinality(String)) COMMENT 'Other names: customer_id, phone, email or handle',
    `aliases.key` Array(String) COMMENT 'Other names: namespace/id or id of a customer id, else a keyed hash',
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
ORDER BY (customer_id, id_namespace, updated_at)
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'One row per state of a customer''s profile, append-only; read v_customers for the newest states'
