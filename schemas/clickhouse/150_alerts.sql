CREATE TABLE IF NOT EXISTS alerts
(
    alert_id UUID COMMENT 'Identity: UUIDv5 of (rule, subject, window_start); the same after a restart, by another replica, after a replay',
    rule LowCardinality(String) COMMENT 'The rule that fired, by its id',
    rules_version String COMMENT 'Checksum of that rule''s file',
    subject_kind LowCardinality(String) COMMENT 'Whom or what it is about: customer, author, feedback, or what an incident is of (topic, product, brand, channel)',
    subject String COMMENT 'The subject itself: customer_key, author_key, feedback_id, or the incident''s key',
    window_start DateTime64(3, 'UTC') COMMENT 'Where the cooldown window of occurred_at begins: one alert a rule and subject in it',
    severity LowCardinality(String) COMMENT 'low, medium, high or critical',
    urgent Bool COMMENT 'Whether it is about safety or law: sent before everything else',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When the customer said what decided',
    time_precision LowCardinality(String) COMMENT 'How exactly occurred_at is known: second, minute, day or unknown',
    received_at DateTime64(3, 'UTC') COMMENT 'When the deciding record reached Kafka',
    seen_at DateTime64(3, 'UTC') COMMENT 'When ClickHouse wrote the deciding row: the earliest moment a rule could see it',
    alert_at DateTime64(3, 'UTC') COMMENT 'When it was raised',
    paged Bool COMMENT 'Whether somebody was told at once',
    unpaged_because LowCardinality(String) COMMENT 'Why nobody was: old (older than page_max_age), joined (its case was open already and this tells nothing worse), rule (the rule never pages); empty where paged',
    feedback_id Nullable(UUID) COMMENT 'The feedback that decided; NULL of an incident without a sample',
    brand LowCardinality(String) COMMENT 'The brand spoken of; empty where unknown',
    channel LowCardinality(String) COMMENT 'review, chat, social or survey; empty of an incident of several',
    product_id LowCardinality(String) COMMENT 'The product spoken of; empty where unknown',
    store_id LowCardinality(String) COMMENT 'The store spoken of; empty where unknown',
    touchpoint LowCardinality(String) COMMENT 'Where on the way it happened; empty where unknown',
    category LowCardinality(String) COMMENT 'The factor of the worst aspect; empty where none is spoken of',
    topic LowCardinality(String) COMMENT 'Its topic; empty where none is spoken of',
    span_start UInt32 COMMENT 'Where the deciding words begin in the feedback''s text, in characters',
    span_end UInt32 COMMENT 'Where they end; equal to span_start where no words stand out',
    customer_key Nullable(String) COMMENT 'The customer, after merges; NULL where unknown',
    tier LowCardinality(String) COMMENT 'The customer''s value tier when it was raised; unknown where the customer is',
    risk Nullable(Float32) COMMENT 'The customer''s churn risk at occurred_at, 0 to 100; NULL where the customer is unknown',
    case_id Nullable(UUID) COMMENT 'The case it opened or joined; NULL where it is told only',
    detail Map(LowCardinality(String), String) COMMENT 'What the rule says of itself, such as how many negatives in how many days'
)
ENGINE = MergeTree
ORDER BY (alert_id)
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'Every alert once: one a rule, subject and cooldown window. Written by the alert service'
