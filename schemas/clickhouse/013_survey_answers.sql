CREATE TABLE IF NOT EXISTS survey_answers
(
    feedback_id UUID COMMENT 'The response',
    version UInt64 COMMENT 'The response''s version',
    sign Int8 COMMENT '1 for an answer of a state, -1 for one taken back: multiply every measure by it',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it was answered',
    received_at DateTime64(3, 'UTC') COMMENT 'When the raw record reached Kafka; what retention counts from',
    brand LowCardinality(String) COMMENT 'Brand; empty where unknown',
    survey_id LowCardinality(String) COMMENT 'The survey; empty where the source names none',
    survey_kind LowCardinality(String) COMMENT 'relationship or transactional; empty where the source does not say',
    question_id LowCardinality(String) COMMENT 'The question',
    kind LowCardinality(String) COMMENT 'nps, csat, ces, scale, choice, text, kano_functional or kano_dysfunctional',
    feature LowCardinality(Nullable(String)) COMMENT 'The feature asked about',
    value Nullable(Float32) COMMENT 'The number given; Kano answers like 1, must-be 2, neutral 3, live-with 4, dislike 5',
    scale_max Nullable(Float32) COMMENT 'The largest number that could be given',
    direction LowCardinality(Nullable(String)) COMMENT 'agree, ease or effort: which end of an effort scale is good',
    text Nullable(String) COMMENT 'The words given or the choice made, personal data replaced'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (kind, question_id, occurred_at, feedback_id, version)
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'One row per answer of a survey response; read v_survey_answers for the newest states, or multiply by sign'
