CREATE OR REPLACE DICTIONARY brand_by_name
(
    name String,
    own Bool DEFAULT true,
    business_time_zone String DEFAULT 'UTC'
)
PRIMARY KEY name
SOURCE(CLICKHOUSE(DB 'hearken' TABLE 'brands'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(MIN 30 MAX 60)
COMMENT 'The table brands, a look-up a brand: dictGet(''hearken.brand_by_name'', ''own'', brand) is true of a brand that nobody listed'
