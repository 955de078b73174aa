CREATE TABLE IF NOT EXISTS sources
(
    source String COMMENT 'The instance of the source, as records give it',
    channel LowCardinality(String) COMMENT 'review, chat, social or survey; empty where it sends several, or the business''s own records',
    brand LowCardinality(String) COMMENT 'The brand its records speak of where they name none; empty where they always do',
    own Bool COMMENT 'Whether the source is the company''s own',
    time_zone LowCardinality(String) COMMENT 'The IANA zone of its times that name none; empty where every time has a zone',
    touchpoint LowCardinality(String) COMMENT 'The touchpoint of its records where they name none; empty where there is no such default',
    delay_class LowCardinality(String) COMMENT 'How soon it sends: live, hourly or daily',
    region LowCardinality(String) COMMENT 'The region of its records where they name none; empty where there is no such default',
    language LowCardinality(String) COMMENT 'The language it expects, BCP 47; empty where unknown',
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the catalog was loaded'
)
ENGINE = MergeTree
ORDER BY source
COMMENT 'Catalog: the sources and what holds for their records where they do not say otherwise; written by hearken catalog load as a whole'
