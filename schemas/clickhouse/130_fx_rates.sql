CREATE TABLE IF NOT EXISTS fx_rates
(
    day Date COMMENT 'The first day the rate holds; it holds until the next',
    currency LowCardinality(String) COMMENT 'What is converted, ISO 4217',
    reporting LowCardinality(String) COMMENT 'The currency of reports, ISO 4217: one for all rows',
    rate Float64 COMMENT 'What one unit of currency is worth in reporting',
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the catalog was loaded'
)
ENGINE = MergeTree
ORDER BY (currency, day)
COMMENT 'Catalog: what foreign money is worth in the currency of reports, which has a row of its own with rate 1 since 1970. Written by hearken catalog load as a whole'
