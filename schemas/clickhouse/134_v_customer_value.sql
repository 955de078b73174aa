CREATE OR REPLACE VIEW v_customer_value
AS SELECT
    customer_key,
    orders,
    revenue,
    currency,
    unconverted_orders,
    last_order_at,
    intDiv(dateDiff('second', last_order_at, {as_of:DateTime('UTC')}), 86400) AS recency_days,
    if(orders > 0, hearken_quintile(toUnixTimestamp64Milli(assumeNotNull(last_order_at)), cuts.1), NULL) AS recency,
    if(orders > 0, hearken_quintile(orders, cuts.2), NULL) AS frequency,
    if(isNull(revenue), NULL, hearken_quintile(assumeNotNull(revenue), cuts.3)) AS monetary,
    (frequency + ifNull(monetary, frequency)) / 2 AS worth,
    multiIf(
        orders_ever = 0, 'no_orders',
        orders = 0, 'hibernating',
        recency >= 4 AND worth >= 4, 'champion',
        recency >= 3 AND worth >= 3, 'loyal',
        recency >= 4, 'promising',
        recency = 3 OR worth >= 3, 'needs_attention',
        'hibernating'
    ) AS tier,
    interval_days,
    has_left,
    has_ended,
    orders_ever,
    last_store_id,
    last_brand,
    segment,
    owner,
    region
FROM
(
    SELECT
        *,
        (
            quantilesExactIf(0.2, 0.4, 0.6, 0.8)(toUnixTimestamp64Milli(ifNull(last_order_at, toDateTime64(0, 3, 'UTC'))), orders > 0) OVER (),
            quantilesExactIf(0.2, 0.4, 0.6, 0.8)(orders, orders > 0) OVER (),
            quantilesExactIf(0.2, 0.4, 0.6, 0.8)(ifNull(revenue, 0), isNotNull(revenue)) OVER ()
        ) AS cuts
    FROM
    (
        SELECT
            customer_key,
            sum(c.orders) AS orders,
            sumOrNull(c.revenue) AS revenue,
            nullIf(max(c.currency), '') AS currency,
            sum(c.unconverted_orders) AS unconverted_orders,
            sum(c.orders_ever) AS orders_ever,
            maxOrNull(c.last_order_at) AS last_order_at,
            max(c.interval_days) AS interval_days,
            max(c.has_left) AS has_left,
            max(c.last_store_id) AS last_store_id,
            nullIf(max(c.last_brand), '') AS last_brand,
            max(c.has_ended) AS has_ended,
            nullIf(max(c.segment), '') AS segment,
            max(c.owner) AS owner,
            max(c.region) AS region
        FROM
        (
            SELECT
                customer_key, orders, revenue, currency, unconverted_orders, orders_ever, last_order_at::Nullable(DateTime64(3, 'UTC')) AS last_order_at,
                interval_days, has_left, last_store_id, last_brand, false AS has_ended,
                '' AS segment, NULL::Nullable(String) AS owner, NULL::Nullable(String) AS region
            FROM hearken.v_customer_orders(as_of = {as_of:DateTime('UTC')})
            UNION ALL
            SELECT
                customer_key, 0 AS orders, NULL AS revenue, '' AS currency, 0 AS unconverted_orders, 0 AS orders_ever, NULL AS last_order_at,
                NULL AS interval_days, NULL AS has_left, NULL AS last_store_id, '' AS last_brand,
                hearken_has_ended(status) AS has_ended,
                toString(segment) AS segment, owner::Nullable(String) AS owner, region::Nullable(String) AS region
            FROM v_customers
            -- Who was merged into another is that other one.
            WHERE customer_key NOT IN (SELECT customer_key FROM v_customer_merges WHERE merged_into != customer_key)
        ) AS c
        GROUP BY customer_key
    )
)
COMMENT 'Every known customer''s value by recency, frequency and money: v_customer_value(as_of = ''2026-11-22 00:00:00''), UTC; a customer is who has a profile or an order with an id, after merges. orders, revenue (NULL where none could be converted) and unconverted_orders are of the 12 months before as_of, of own brands, neither cancelled nor refunded; last_order_at, orders_ever, interval_days and has_left are those of v_customer_orders; has_ended says that the newest profile''s status is such as ended or cancelled. recency, frequency and monetary are fifths, 5 the best, of those who ordered in the 12 months (NULL for others; equals share one); worth is the mean of frequency and monetary. Each customer has one tier: champion (recency and worth from 4), loyal (both from 3), promising (recency from 4), needs_attention (recency 3, or worth from 3), hibernating (the rest, and whose last order is older than 12 months), no_orders'
