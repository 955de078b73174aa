CREATE MATERIALIZED VIEW IF NOT EXISTS customer_standing_hourly
REFRESH EVERY 1 HOUR TO customer_standing
AS SELECT
    customer_key,
    now('UTC') AS as_of,
    tier,
    revenue,
    ifNull(currency, '') AS currency,
    toUInt64(orders) AS orders,
    toUInt64(orders_ever) AS orders_ever,
    last_order_at,
    interval_days,
    has_left,
    has_ended,
    ifNull(segment, '') AS segment,
    ifNull(owner, '') AS owner,
    ifNull(region, '') AS region
FROM hearken.v_customer_value(as_of = now('UTC'))
ORDER BY customer_key
COMMENT 'Fills customer_standing every full hour, all at once; SYSTEM REFRESH VIEW hearken.customer_standing_hourly does it now'
