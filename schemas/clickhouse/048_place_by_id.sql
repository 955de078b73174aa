CREATE OR REPLACE DICTIONARY place_by_id
(
    key UInt64,
    parent_key UInt64 DEFAULT 0 HIERARCHICAL BIDIRECTIONAL,
    id String,
    kind String,
    name String,
    owner String
)
PRIMARY KEY key
SOURCE(CLICKHOUSE(DB 'hearken' TABLE 'places'))
LAYOUT(HASHED())
LIFETIME(MIN 30 MAX 60)
COMMENT 'The tree of places: dictIsIn(''hearken.place_by_id'', sipHash64(ifNull(store_id, '''')), sipHash64(''south'')) tells whether a store lies in a region'
