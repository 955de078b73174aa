CREATE OR REPLACE VIEW v_alert_outcomes
AS WITH
    arrayFilter(o -> o.1 <= least(ends_at, toDateTime64({as_of:DateTime('UTC')}, 3, 'UTC')), ordered.told) AS orders_by_then,
    arraySort(arrayDistinct(arrayMap(o -> toInt32(o.2), orders_by_then))) AS order_days,
    -- The rule of leaving, as v_customer_orders has it, at the end of the customer's own days.
    if(length(order_days) >= 3, arrayReduce('quantileExactInclusive(0.5)', arrayPopFront(arrayDifference(order_days))), NULL) AS interval_days,
    arrayMap(o -> o.1, arrayFilter(o -> o.1 > a.alert_at, orders_by_then)) AS bought,
    arrayMap(o -> assumeNotNull(o.3), arrayFilter(o -> o.1 <= a.alert_at AND o.1 > a.alert_at - INTERVAL 12 MONTH AND isNotNull(o.3), ordered.told)) AS earned
SELECT
    a.customer AS customer_key,
    a.alert_id AS alert_id,
    a.case_id AS case_id,
    a.rule AS rule,
    a.brand AS brand,
    a.store_id AS store_id,
    a.tier AS tier,
    a.alert_at AS alert_at,
    a.alert_at + toIntervalDay({days:UInt16}) AS ends_at,
    arrayExists(at -> at >= a.alert_at AND at <= least(ends_at, toDateTime64({as_of:DateTime('UTC')}, 3, 'UTC')), spoken.contacts)::Bool AS contacted,
    multiIf(
        ends_at > {as_of:DateTime('UTC')}, 'too early',
        ifNull(profile.ended_at <= ends_at, false)
            OR ifNull(dateDiff('second', arrayMax(orders_by_then.1), ends_at) > 3 * 86400 * interval_days, false), 'left',
        notEmpty(bought), 'bought',
        'unknown'
    ) AS outcome,
    if(empty(bought), NULL, arrayMin(bought))::Nullable(DateTime64(3, 'UTC')) AS bought_at,
    if(empty(earned), NULL, round(arraySum(earned), 2)) AS revenue,
    nullIf(ifNull(ordered.paid_in, ''), '') AS currency
FROM
(
    SELECT
        ifNull(nullIf(merge.merged_into, ''), raised.named) AS customer,
        raised.* EXCEPT (named)
    FROM
    (
        SELECT
            assumeNotNull(customer_key) AS named, alert_id, case_id, toString(rule) AS rule, toString(brand) AS brand, toString(store_id) AS store_id,
            toString(tier) AS tier, alert_at
        FROM alerts
        WHERE isNotNull(customer_key) AND customer_key != '' AND alert_at >= {from:DateTime('UTC')} AND alert_at < {until:DateTime('UTC')}
    ) AS raised
    LEFT JOIN (SELECT customer_key AS m_key, merged_into FROM v_customer_merges) AS merge ON merge.m_key = raised.named
    -- A customer counts once, by the first alert of the window.
    ORDER BY alert_at, alert_id
    LIMIT 1 BY customer
) AS a
LEFT JOIN
(
    SELECT case_id AS of_case, groupArray(at) AS contacts FROM v_case_events WHERE kind = 'contacted' AND by_human GROUP BY case_id
) AS spoken ON spoken.of_case = a.case_id
LEFT JOIN
(
    SELECT customer_key AS buyer, groupArray((occurred_at, day, revenue)) AS told, any(reporting_currency) AS paid_in
    FROM v_order_values
    WHERE counts AND own AND customer_key != ''
    GROUP BY customer_key
) AS ordered ON ordered.buyer = a.customer
LEFT JOIN
(
    SELECT customer_key AS p_key, updated_at::Nullable(DateTime64(3, 'UTC')) AS ended_at FROM v_customers WHERE hearken_has_ended(status)
) AS profile ON profile.p_key = a.customer
COMMENT 'What known customers did after an alert about them: v_alert_outcomes(from = ''2026-08-01 00:00:00'', until = ''2026-10-01 00:00:00'', as_of = ''2026-11-22 00:00:00'', days = 30), UTC, until exclusive. A row per customer, by the first alert in the window. contacted: a person wrote down, within days of the alert, that the customer was spoken to. outcome, days after the alert (ends_at): left (the profile''s status has ended, or no order within 3 times the median of the days between orders, as in v_customer_orders), bought (an order of the own brands after the alert, neither cancelled nor refunded), unknown, or too early where ends_at is after as_of. revenue is what they ordered in the 12 months before the alert, in currency; NULL where they did not, or none of it could be converted'
