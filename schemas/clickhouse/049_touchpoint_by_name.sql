CREATE OR REPLACE DICTIONARY touchpoint_by_name
(
    touchpoint String,
    name String,
    stage String DEFAULT 'unmapped',
    phase String,
    department String,
    own Bool DEFAULT false
)
PRIMARY KEY touchpoint
SOURCE(CLICKHOUSE(DB 'hearken' TABLE 'touchpoints'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(MIN 30 MAX 60)
COMMENT 'The table touchpoints, a look-up a touchpoint as it is compared: lowerUTF8(replaceRegexpAll(touchpoint, ''[ _-]'', ''''))'
