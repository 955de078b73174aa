CREATE TABLE IF NOT EXISTS driver_importance
(
    brand LowCardinality(String) COMMENT 'The own brand',
    metric LowCardinality(String) COMMENT 'What is explained: nps, csat or rating',
    survey_kind LowCardinality(String) COMMENT 'relationship or transactional; empty for ratings and where the source does not say',
    basis LowCardinality(String) COMMENT 'scale: drivers are the survey''s scale items; text: they are the topics customers speak of, not mentioned being 0',
    driver LowCardinality(String) COMMENT 'The item''s question, or the topic',
    from DateTime('UTC') COMMENT 'The window read, begin',
    until DateTime('UTC') COMMENT 'The window read, end, exclusive',
    computed_at DateTime64(3, 'UTC') COMMENT 'When it was computed; one run of a scope has one',
    seed UInt64 COMMENT 'Decides the bootstrap''s draws',
    n UInt64 COMMENT 'Answers read',
    mentions UInt64 COMMENT 'Of these, those that answer the item, or speak of the topic',
    r2 Float64 COMMENT 'The share of the score''s variance that all drivers together explain',
    importance Float64 COMMENT 'The driver''s part of it, Johnson''s relative weight; all of a run sum to r2',
    low Float64 COMMENT 'The lower end of its 95 % bootstrap interval',
    high Float64 COMMENT 'The upper end',
    significant Bool COMMENT 'Whether the driver''s importance is above that of a random one in 95 % of the bootstrap''s draws',
    lmg Nullable(Float64) COMMENT 'Its part by Lindeman, Merenda and Gold (Shapley); NULL with more than 12 drivers',
    direction LowCardinality(String) COMMENT 'Sign of its correlation with the score: + or -',
    performance Nullable(Float64) COMMENT 'How well it does: of an item its mean from 0 to 1, of a topic (positive - negative) / mentions'
)
ENGINE = MergeTree
PARTITION BY toYear(computed_at)
ORDER BY (brand, metric, survey_kind, basis, computed_at, driver)
TTL toDateTime(computed_at) + INTERVAL 2 YEAR
COMMENT 'What drives the score, one row per run, scope and driver; written by hearken insights, read by v_drivers'
