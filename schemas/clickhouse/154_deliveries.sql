CREATE TABLE IF NOT EXISTS deliveries
(
    message_id UUID COMMENT 'The message',
    at DateTime64(3, 'UTC') COMMENT 'When it was tried',
    outcome LowCardinality(String) COMMENT 'delivered, failed (tried again later), given_up, folded (told in a digest), requeued (asked for by hand)',
    attempt UInt16 COMMENT 'Which try it was, from 1; 0 of folded and requeued',
    status UInt16 COMMENT 'The HTTP status; 0 where no answer came',
    latency_ms UInt32 COMMENT 'How long the receiver took',
    error String COMMENT 'What the receiver or the network said, shortened; empty where delivered',
    folded_into Nullable(UUID) COMMENT 'The digest that tells of it'
)
ENGINE = MergeTree
ORDER BY (message_id, at)
TTL toDateTime(at) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'Every attempt to deliver a message, append-only'
