CREATE OR REPLACE DICTIONARY product_by_id
(
    key UInt64,
    parent_key UInt64 DEFAULT 0 HIERARCHICAL BIDIRECTIONAL,
    id String,
    brand String,
    category String,
    name String
)
PRIMARY KEY key
SOURCE(CLICKHOUSE(DB 'hearken' TABLE 'products'))
LAYOUT(HASHED())
LIFETIME(MIN 30 MAX 60)
COMMENT 'The tree of products: dictIsIn(''hearken.product_by_id'', sipHash64(ifNull(product_id, '''')), sipHash64(''group'')) tells whether a product belongs to a group'
