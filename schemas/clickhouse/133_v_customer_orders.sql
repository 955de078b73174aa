CREATE OR REPLACE VIEW v_customer_orders
AS SELECT
    customer_key,
    countIf(in_year) AS orders,
    -- A sum of nothing is NULL, not 0.
    round(sumOrNullIf(revenue_known, in_year), 2) AS revenue,
    any(reporting_currency) AS currency,
    countIf(in_year AND isNull(revenue_known)) AS unconverted_orders,
    count() AS orders_ever,
    min(occurred_at) AS first_order_at,
    max(occurred_at) AS last_order_at,
    nullIf(argMaxIf(ifNull(store_id, ''), (occurred_at, order_id), isNotNull(store_id)), '') AS last_store_id,
    argMax(toString(brand), (occurred_at, order_id)) AS last_brand,
    arraySort(groupUniqArray(day)) AS order_days,
    if(
        length(order_days) >= 3,
        arrayReduce('quantileExactInclusive(0.5)', arrayPopFront(arrayDifference(arrayMap(at -> toInt32(at), order_days)))),
        NULL
    ) AS interval_days,
    if(isNull(interval_days), NULL, dateDiff('second', last_order_at, {as_of:DateTime('UTC')}) > 3 * 86400 * interval_days)::Nullable(Bool)
        AS has_left
FROM
(
    SELECT *, revenue AS revenue_known, occurred_at > {as_of:DateTime('UTC')} - INTERVAL 12 MONTH AS in_year
    FROM v_order_values
    WHERE counts AND own AND customer_key != '' AND occurred_at <= {as_of:DateTime('UTC')}
)
GROUP BY customer_key
COMMENT 'What each known customer has ordered of the own brands: v_customer_orders(as_of = ''2026-11-22 00:00:00''), UTC; later orders are left out, cancelled and refunded ones too. orders, revenue (in currency; NULL where no order could be converted) and unconverted_orders are of the 12 months before as_of. Leaving: has_left where the last order is further back than 3 times interval_days, the median of the days between orders; what is ordered on one day is one purchase, and with fewer than 3 both are NULL: nobody can know'
