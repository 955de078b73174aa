CREATE TABLE IF NOT EXISTS touchpoints
(
    touchpoint String COMMENT 'The touchpoint as it is compared: lower case, without blanks, _ and -',
    name String COMMENT 'The touchpoint as it is written',
    stage LowCardinality(String) COMMENT 'Its stage of the customer''s journey',
    phase LowCardinality(String) COMMENT 'Seen from the purchase: pre, in or after; empty where nobody said',
    department LowCardinality(String) COMMENT 'The department that answers for it; empty where nobody said',
    own Bool COMMENT 'Whether the company''s catalog lists it; the others are the ones Hearken knows',
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the catalog was loaded'
)
ENGINE = MergeTree
ORDER BY touchpoint
COMMENT 'Catalog: which stage of the journey a touchpoint belongs to, Hearken''s own table with the company''s on top; written by hearken catalog load as a whole'
