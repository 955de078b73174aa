CREATE OR REPLACE VIEW v_ratings
AS SELECT
    brand,
    product_id,
    source,
    rating_scale_max,
    rating_value,
    rating_value / rating_scale_max AS rating_share,
    n,
    sum(n) OVER (PARTITION BY brand, product_id, source, rating_scale_max) AS of_all,
    if(of_all > 0, n / of_all, NULL) AS share,
    hearken_share_low(n, of_all) AS share_low,
    hearken_share_high(n, of_all) AS share_high,
    default_praise,
    other
FROM
(
    SELECT
        brand,
        product_id,
        source,
        assumeNotNull(rating_scale_max) AS rating_scale_max,
        assumeNotNull(rating_value) AS rating_value,
        sumIf(toInt64(sign), origin = 'genuine') AS n,
        sumIf(toInt64(sign), origin = 'default_praise') AS default_praise,
        sumIf(toInt64(sign), origin NOT IN ('genuine', 'default_praise')) AS other
    FROM feedback AS f
    WHERE channel = 'review' AND f.rating_value / f.rating_scale_max BETWEEN 0 AND 1 AND dictGet('hearken.brand_by_name', 'own', brand)
    GROUP BY brand, product_id, source, rating_scale_max, rating_value
    HAVING n != 0 OR default_praise != 0 OR other != 0
)
COMMENT 'How the ratings of reviews of the own brands are distributed: a row per brand, product, source, scale and rating; share of n in all genuine ratings of that product, source and scale, with its 95 % Wilson interval, NULL where there are none; rating_share is the rating over the best of its scale. default_praise counts the platform''s own words apart, other what else is not genuine. This is no CSAT'
