CREATE TABLE IF NOT EXISTS erasure_scope
(
    request_id UUID COMMENT 'The request',
    kind LowCardinality(String) COMMENT 'customer or author (keys), feedback, order, visit, profile (ids of rows), letter, alert, case, message (what followed)',
    name String COMMENT 'The key or the id; of a dead letter topic:partition:offset; a personal column',
    version UInt64 COMMENT 'The version of a feedback''s state; 0 of everything else'
)
ENGINE = MergeTree
ORDER BY (request_id, kind, name, version)
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'Whom and what an unfinished erasure is about, so that it can be resumed; empty of every request that is finished. Written by hearken erase'
