CREATE OR REPLACE DICTIONARY source_by_name
(
    source String,
    channel String,
    brand String,
    own Bool DEFAULT true,
    time_zone String,
    touchpoint String,
    delay_class String DEFAULT 'live',
    region String,
    language String
)
PRIMARY KEY source
SOURCE(CLICKHOUSE(DB 'hearken' TABLE 'sources'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(MIN 30 MAX 60)
COMMENT 'The table sources, a look-up a source: dictGet(''hearken.source_by_name'', ''delay_class'', source)'
