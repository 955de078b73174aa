CREATE TABLE IF NOT EXISTS audit_log
(
    at DateTime64(3, 'UTC') COMMENT 'When it was asked for',
    who String COMMENT 'The token''s name, or the owner of a signed link; empty where nobody was recognised; a personal column',
    role LowCardinality(String) COMMENT 'reader, responder, lead or admin; link of a signed link; empty where nobody was recognised',
    action LowCardinality(String) COMMENT 'What was asked for: list, show, or the kind of case event',
    case_id Nullable(UUID) COMMENT 'The case it was asked of',
    status UInt16 COMMENT 'The HTTP status it was answered with',
    reason LowCardinality(String) COMMENT 'Why it was refused; empty where it was not'
)
ENGINE = MergeTree
ORDER BY at
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'Who asked for or did what to which case, refusals included, append-only. Written by the alert service'
