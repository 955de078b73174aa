CREATE TABLE IF NOT EXISTS indicators
(
    id String COMMENT 'The indicator''s id',
    parent String COMMENT 'The id of the one it is part of; empty at the top',
    name String COMMENT 'Its name',
    brand LowCardinality(String) COMMENT 'The brand it measures; empty for all own brands',
    metric LowCardinality(String) COMMENT 'nps, csat, ces, net_sentiment, aspect_net, conversion or bounce_rate; empty of one that has parts',
    scope Map(String, String) COMMENT 'What it measures of the brand, such as touchpoint: delivery; see v_indicators for the keys of each metric',
    weight Float64 COMMENT 'Its weight under its parent; the weights under one parent sum to 1',
    target Nullable(Float64) COMMENT 'What it shall reach, in the unit of its actual; NULL where nobody said',
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the catalog was loaded'
)
ENGINE = MergeTree
ORDER BY id
COMMENT 'Catalog: the tree of indicators; read v_indicators for their values. Written by hearken catalog load as a whole'
