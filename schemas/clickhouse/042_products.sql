CREATE TABLE IF NOT EXISTS products
(
    id String COMMENT 'The product''s id, as records give it',
    parent String COMMENT 'The group it belongs to; empty at the top',
    brand LowCardinality(String) COMMENT 'Its brand; empty where its group says it',
    category LowCardinality(String) COMMENT 'What kind of product; empty where its group says it',
    name String COMMENT 'Its name; empty where there is none',
    key UInt64 MATERIALIZED sipHash64(id) COMMENT 'What the dictionary product_by_id is asked by',
    parent_key UInt64 MATERIALIZED if(parent = '', 0, sipHash64(parent)) COMMENT 'The group''s key; 0 at the top',
    loaded_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the catalog was loaded'
)
ENGINE = MergeTree
ORDER BY id
COMMENT 'Catalog: products and groups of products, a tree; read v_products for what they inherit. Written by hearken catalog load as a whole'
