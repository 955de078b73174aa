CREATE TABLE IF NOT EXISTS text_kano
(
    brand LowCardinality(String) COMMENT 'The own brand',
    metric LowCardinality(String) COMMENT 'What is explained: nps, csat or rating',
    survey_kind LowCardinality(String) COMMENT 'relationship or transactional; empty for ratings and where the source does not say',
    feature LowCardinality(String) COMMENT 'The topic customers speak of',
    from DateTime('UTC') COMMENT 'The window read, begin',
    until DateTime('UTC') COMMENT 'The window read, end, exclusive',
    computed_at DateTime64(3, 'UTC') COMMENT 'When it was computed; one run of a scope has one',
    seed UInt64 COMMENT 'Decides the bootstrap''s draws',
    n UInt64 COMMENT 'Answers read',
    r2 Float64 COMMENT 'The share of the score''s variance that all mentions together explain',
    positive UInt64 COMMENT 'Of these, those that speak well of the topic',
    negative UInt64 COMMENT 'Of these, those that speak ill of it',
    class LowCardinality(Nullable(String)) COMMENT 'M, A, O or I; ceiling: undecided where over 70 % gave the best rating; NULL with fewer than 30 mentions of either kind, or where the bootstrap does not agree',
    penalty Float64 COMMENT 'What a negative mention changes in the score, on a scale from 0 to 1',
    reward Float64 COMMENT 'What a positive mention changes in it',
    agreement Nullable(Float64) COMMENT 'The share of the bootstrap''s draws with the same class; NULL where none was drawn'
)
ENGINE = MergeTree
PARTITION BY toYear(computed_at)
ORDER BY (brand, metric, survey_kind, computed_at, feature)
TTL toDateTime(computed_at) + INTERVAL 2 YEAR
COMMENT 'Kano classes from text, one row per run, scope and topic; written by hearken insights, read by v_kano'
