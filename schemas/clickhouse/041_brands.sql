CREATE TABLE IF NOT EXISTS brands
(
    name String COMMENT 'The brand''s name, as every table shows it',
    own Bool COMMENT 'Whether it is the company''s own; a competitor''s is seen in views of comparison only',
    aliases Array(String) COMMENT 'Other ways to write it; ingest folds them to the name',
    business_time_zone LowCardinality(String) COMMENT 'The IANA zone of its day, week and calendar',
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the catalog was loaded'
)
ENGINE = MergeTree
ORDER BY name
COMMENT 'Catalog: the brands, own and competing; a brand that is not listed counts as own. Written by hearken catalog load as a whole'
