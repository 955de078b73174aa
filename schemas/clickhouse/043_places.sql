CREATE TABLE IF NOT EXISTS places
(
    id String COMMENT 'The place''s id; of a store the one records give',
    parent String COMMENT 'The place it lies in; empty at the top',
    kind LowCardinality(String) COMMENT 'brand, country, region, city, store or team',
    name String COMMENT 'Its name',
    owner String COMMENT 'Who answers for it; empty where nobody is named',
    key UInt64 MATERIALIZED sipHash64(id) COMMENT 'What the dictionary place_by_id is asked by',
    parent_key UInt64 MATERIALIZED if(parent = '', 0, sipHash64(parent)) COMMENT 'The key of the place it lies in; 0 at the top',
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the catalog was loaded'
)
ENGINE = MergeTree
ORDER BY id
COMMENT 'Catalog: places and organisational units, a tree; read v_places for names by level. Written by hearken catalog load as a whole'
