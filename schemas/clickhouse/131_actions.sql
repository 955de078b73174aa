CREATE TABLE IF NOT EXISTS actions
(
    action_id UUID COMMENT 'Identity of the action',
    what String COMMENT 'What was done, in a sentence',
    owner String COMMENT 'Who answers for it',
    started_at DateTime64(3, 'UTC') COMMENT 'When it began to hold',
    topic LowCardinality(String) COMMENT 'The topic it is meant to change; empty where it is meant for all that is said',
    store_id LowCardinality(String) COMMENT 'The store or other place it is about, with all below it; empty where it is about all',
    touchpoint LowCardinality(String) COMMENT 'The touchpoint it is about; empty where it is about all',
    product_id LowCardinality(String) COMMENT 'The product or group of products it is about, with all below it; empty where it is about all',
    brand LowCardinality(String) COMMENT 'The brand it is about; empty where it is about all own brands',
    note String COMMENT 'Whatever else is worth knowing; empty where nothing is',
    added_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was written down'
)
ENGINE = MergeTree
ORDER BY (started_at, action_id)
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'What the company did to get better, written by hearken actions add; read v_action_effect for what came of it'
