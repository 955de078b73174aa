CREATE TABLE kinds
(
    id UInt64,
    key UUID,
    at DateTime64(3, 'UTC'),
    minute DateTime('UTC'),
    day Date,
    brand LowCardinality(String),
    region LowCardinality(Nullable(String)),
    text String,
    sign Int8,
    part Int32,
    offset Int64,
    simhash Nullable(UInt64),
    score Nullable(Float32),
    share Float64,
    amount Nullable(Decimal(18, 4)),
    deleted Bool,
    resolved Nullable(Bool),
    terms Array(String),
    names Array(LowCardinality(Nullable(String))),
    times Array(Nullable(DateTime64(3, 'UTC'))),
    attributes Map(LowCardinality(String), String)
)
ENGINE = MergeTree
ORDER BY id
