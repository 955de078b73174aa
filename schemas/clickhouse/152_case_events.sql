CREATE TABLE IF NOT EXISTS case_events
(
    event_id UUID COMMENT 'Identity of the event; the same where it is written again',
    case_id UUID COMMENT 'The case',
    at DateTime64(3, 'UTC') COMMENT 'When it happened',
    kind LowCardinality(String) COMMENT 'opened, alerted (another alert joined), acknowledged, contacted, resolved, closed, reopened, handed_over, noted, compensated, not_a_customer, wrong_reason, reminded, escalated, survey_requested or survey_withheld',
    state LowCardinality(String) COMMENT 'The state the case has from here on: open, acknowledged, contacted, resolved or closed; empty where the event leaves it',
    actor String COMMENT 'Who did it: an owner''s id, or hearken; a personal column',
    by_human Bool COMMENT 'Whether a person did it; what Hearken does by itself is no response',
    owner LowCardinality(String) COMMENT 'Who has to answer from here on; empty where the event leaves it',
    department LowCardinality(String) COMMENT 'That owner''s department; empty where the event leaves it',
    alert_id Nullable(UUID) COMMENT 'The alert that opened or joined',
    note String COMMENT 'What was written down, personal data replaced; empty where nothing was',
    amount Nullable(Decimal(18, 2)) COMMENT 'Compensation: what it costs',
    currency LowCardinality(String) COMMENT 'Its currency, ISO 4217; empty without an amount',
    step LowCardinality(String) COMMENT 'Which reminder or step of escalation; each fires once while a case is open; empty otherwise',
    detail Map(LowCardinality(String), String) COMMENT 'Whatever else belongs to it'
)
ENGINE = MergeTree
ORDER BY (case_id, at, event_id)
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'Everything that ever happened to a case, append-only: its state is the last state here. An event may be there twice under one event_id'
