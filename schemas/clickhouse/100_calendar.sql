CREATE TABLE IF NOT EXISTS calendar
(
    day Date COMMENT 'The day, in the brand''s own time zone',
    brand LowCardinality(String) COMMENT 'Whose day it is; empty for every brand',
    kind LowCardinality(String) COMMENT 'What is like it: sale, holiday, or a word of the company''s own',
    name String COMMENT 'Its name, such as Singles'' Day',
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the catalog was loaded'
)
ENGINE = MergeTree
ORDER BY (day, brand)
COMMENT 'Catalog: days that are not like other days; anomalies compare them with days of their kind alone. Written by hearken catalog load as a whole'
