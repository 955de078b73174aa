CREATE TABLE IF NOT EXISTS feedback_minute
(
    minute DateTime('UTC') COMMENT 'Minute of occurred_at',
    brand LowCardinality(String) COMMENT 'Brand; empty where unknown',
    channel LowCardinality(String) COMMENT 'Channel',
    journey_stage LowCardinality(String) COMMENT 'Journey stage',
    arrivals Int64 COMMENT 'Feedback that came for the first time',
    feedback Int64 COMMENT 'Feedback whose newest state lies in this minute',
    organic Int64 COMMENT 'Of these, genuine: a customer speaks of an own experience',
    judged Int64 COMMENT 'Of the organic ones, those with words to judge',
    negative Int64 COMMENT 'Of the judged ones, negative',
    positive Int64 COMMENT 'Of the judged ones, positive',
    mixed Int64 COMMENT 'Of the judged ones, mixed',
    score_sum Int64 COMMENT 'Sum of the judged ones'' sentiment scores times 10000',
    churn Int64 COMMENT 'Of the organic ones, those that mean to leave',
    rated Int64 COMMENT 'Of the organic ones, those with a rating',
    rating_sum Int64 COMMENT 'Sum of these ratings as a share of their scale, times 10000'
)
ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (minute, brand, channel, journey_stage)
SETTINGS non_replicated_deduplication_window = 100000
COMMENT 'Feedback a minute, of those whose time is known to the minute; integers, so that it equals the signed sum over feedback exactly. Sum when reading: parts may not be merged yet'
