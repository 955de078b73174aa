CREATE OR REPLACE VIEW v_share_of_voice
AS SELECT
    day,
    brand,
    dictGet('hearken.brand_by_name', 'own', brand)::Bool AS own,
    mentions,
    sum(mentions) OVER (PARTITION BY day) AS of_all,
    if(of_all > 0, mentions / of_all, NULL) AS share,
    hearken_share_low(mentions, of_all) AS share_low,
    hearken_share_high(mentions, of_all) AS share_high,
    excluded
FROM
(
    SELECT
        hearken_day(quarter, time_precision, source, brand) AS day,
        brand,
        sum(n) AS mentions,
        sum(rest) AS excluded
    FROM
    (
        -- No zone's day begins within a quarter of an hour: its name is looked up for few rows.
        SELECT
            toStartOfFifteenMinutes(occurred_at) AS quarter,
            time_precision,
            source,
            brand,
            sumIf(toInt64(sign), origin = 'genuine') AS n,
            sumIf(toInt64(sign), origin != 'genuine') AS rest
        FROM feedback
        WHERE brand != '' AND time_precision != 'unknown'
        GROUP BY quarter, time_precision, source, brand
    )
    GROUP BY day, brand
    HAVING mentions != 0 OR excluded != 0
)
COMMENT 'How much of what is said of a day''s brands is said of each: a row per day (of the brand''s own time zone) and brand, own and competing; share = mentions / of_all, genuine feedback that names a brand, with its 95 % Wilson interval; NULL where a day has none. excluded counts what is not genuine. It is the voice of the sources that are connected, not of the market'
