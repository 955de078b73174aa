CREATE OR REPLACE DICTIONARY calendar_by_day
(
    day Date,
    brand String,
    kind String,
    name String
)
PRIMARY KEY day, brand
SOURCE(CLICKHOUSE(DB 'hearken' TABLE 'calendar'))
LAYOUT(COMPLEX_KEY_HASHED())
LIFETIME(MIN 30 MAX 60)
COMMENT 'The table calendar, a look-up a day and brand: dictGet(''hearken.calendar_by_day'', ''kind'', (day, brand)); days of every brand have the brand empty'
