CREATE TABLE IF NOT EXISTS cases
(
    case_id UUID COMMENT 'Identity: UUIDv5 of the alert that opened it',
    alert_id UUID COMMENT 'The alert that opened it',
    rule LowCardinality(String) COMMENT 'That alert''s rule',
    subject_kind LowCardinality(String) COMMENT 'Whom it is about: customer, author, feedback, or what an incident is of',
    subject String COMMENT 'The subject itself; one case of it is open at a time',
    customer_key Nullable(String) COMMENT 'The customer, after merges; NULL where unknown',
    feedback_id Nullable(UUID) COMMENT 'The feedback that decided',
    brand LowCardinality(String) COMMENT 'The brand spoken of; empty where unknown',
    channel LowCardinality(String) COMMENT 'Where it was said',
    product_id LowCardinality(String) COMMENT 'The product spoken of; empty where unknown',
    store_id LowCardinality(String) COMMENT 'The store spoken of; empty where unknown',
    touchpoint LowCardinality(String) COMMENT 'Where on the way it happened; empty where unknown',
    category LowCardinality(String) COMMENT 'The factor of the worst aspect; empty where none is spoken of',
    topic LowCardinality(String) COMMENT 'Its topic; empty where none is spoken of',
    severity LowCardinality(String) COMMENT 'low, medium, high or critical, as the alert has it',
    urgent Bool COMMENT 'Whether it is about safety or law',
    tier LowCardinality(String) COMMENT 'The customer''s value tier when it was opened; unknown where the customer is',
    risk Nullable(Float32) COMMENT 'The customer''s churn risk when it was opened, 0 to 100',
    owner LowCardinality(String) COMMENT 'Who had to answer at first, by the directory of responders',
    department LowCardinality(String) COMMENT 'That owner''s department',
    routed_by LowCardinality(String) COMMENT 'What decided about the owner: customer, store, product, touchpoint or default',
    paged Bool COMMENT 'Whether somebody was told at once',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When the customer said it',
    time_precision LowCardinality(String) COMMENT 'How exactly occurred_at is known',
    received_at DateTime64(3, 'UTC') COMMENT 'When the record reached Kafka',
    opened_at DateTime64(3, 'UTC') COMMENT 'When the case was opened',
    customer_due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'The promise to the customer: occurred_at and the tier''s time; NULL where occurred_at is known to the day only, or not at all',
    due_at DateTime64(3, 'UTC') COMMENT 'What the owner is measured by: received_at and the tier''s time in the owner''s working hours'
)
ENGINE = MergeTree
ORDER BY (case_id)
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'What was known when a case was opened; read v_cases for what became of it. Written by the alert service'
