CREATE TABLE IF NOT EXISTS erasures
(
    request_id UUID COMMENT 'The request; it has a row for every step that was done',
    step LowCardinality(String) COMMENT 'requested, published, collected, corrected, deleted, finished: the last one there says how far it is',
    at DateTime64(3, 'UTC') COMMENT 'When the step was done',
    until DateTime64(3, 'UTC') COMMENT 'What happened or was received at or before this is erased',
    subjects Array(UUID) COMMENT 'The customer''s names as hashes: what the tombstones on feedback.erasures.v1 name',
    chunks UInt32 COMMENT 'In how many blocks the rollups are corrected, fixed before the first; 0 until that is known',
    receipt String COMMENT 'JSON: what was removed, what was counted after, and when the last Kafka copy expires; empty until finished'
)
ENGINE = MergeTree
ORDER BY (at, request_id)
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'Every request to erase a customer and how far it is, append-only; names nobody. Written by hearken erase'
