CREATE TABLE IF NOT EXISTS superseded
(
    feedback_id UUID COMMENT 'The feedback',
    version UInt64 COMMENT 'The version that a newer one replaced'
)
ENGINE = MergeTree
ORDER BY (feedback_id, version)
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'States of feedback that are no longer the newest; filled from the rows of feedback with sign -1'
