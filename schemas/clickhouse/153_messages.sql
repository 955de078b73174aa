CREATE TABLE IF NOT EXISTS messages
(
    message_id UUID COMMENT 'Identity: what a receiver knows a repeat by',
    kind LowCardinality(String) COMMENT 'alert, reminder, escalation, hand_over (to whom a case was given), digest (several folded into one), daily (an owner''s morning), survey_request',
    channel LowCardinality(String) COMMENT 'The channel it goes to, by the directory of responders',
    owner LowCardinality(String) COMMENT 'Whom it is for; empty of a survey request',
    case_id Nullable(UUID) COMMENT 'The case it tells of',
    alert_id Nullable(UUID) COMMENT 'The alert it tells of',
    urgent Bool COMMENT 'Whether it goes before others: safety and law',
    created_at DateTime64(3, 'UTC') COMMENT 'When it was decided to send it',
    notice String COMMENT 'What it says, as JSON, personal data replaced; a personal column'
)
ENGINE = MergeTree
ORDER BY (created_at, message_id)
TTL toDateTime(created_at) + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'What was to be sent; read v_deliveries for what became of it. A message may be there twice under one message_id'
