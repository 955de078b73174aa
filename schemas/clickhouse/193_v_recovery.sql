CREATE OR REPLACE VIEW v_recovery
AS WITH (SELECT if(count() = 0, 'CNY', toString(any(reporting))) FROM fx_rates) AS reporting
SELECT
    brand,
    toUInt64(sum(paid_cases)) AS compensated_cases,
    if(sum(converted) > 0, round(sum(cost_), 2), NULL) AS cost,
    toUInt64(sum(unconverted)) AS unconverted_costs,
    toUInt64(sum(judged)) AS customers,
    toUInt64(sum(saved_)) AS saved,
    toUInt64(sum(saved_known)) AS saved_with_revenue,
    if(sum(saved_known) > 0, round(sum(kept), 2), NULL) AS revenue_kept,
    reporting AS currency
FROM
(
    SELECT
        given.brand AS brand,
        uniqExact(given.case_id) AS paid_cases,
        sum(ifNull(given.amount * given.rate, 0)) AS cost_,
        countIf(isNotNull(given.rate)) AS converted,
        countIf(isNull(given.rate)) AS unconverted,
        0 AS judged, 0 AS saved_, 0 AS saved_known, 0 AS kept
    FROM
    (
        SELECT
            e.brand AS brand, e.case_id AS case_id, e.amount AS amount, nullIf(if(e.paid_in = reporting, 1, ifNull(fx.fx_rate, 0)), 0) AS rate
        FROM
        (
            SELECT
                paid.case_id AS case_id,
                c.brand AS brand,
                toFloat64(assumeNotNull(paid.amount)) AS amount,
                toString(paid.currency) AS paid_in,
                toDate(hearken_day(paid.at, 'second', '', c.brand)) AS day
            FROM
            (
                SELECT case_id, amount, currency, at
                FROM v_case_events
                WHERE kind = 'compensated' AND isNotNull(amount) AND at >= {from:DateTime('UTC')} AND at < {until:DateTime('UTC')}
            ) AS paid
            INNER JOIN (SELECT case_id AS c_case, toString(any(brand)) AS brand FROM cases GROUP BY case_id) AS c ON c.c_case = paid.case_id
        ) AS e
        ASOF LEFT JOIN
        (
            SELECT toString(currency) AS fx_currency, day AS fx_day, max(rate) AS fx_rate FROM fx_rates GROUP BY fx_currency, fx_day
        ) AS fx ON fx.fx_currency = e.paid_in AND fx.fx_day <= e.day
    ) AS given
    GROUP BY brand
    UNION ALL
    SELECT
        brand, 0 AS paid_cases, 0 AS cost_, 0 AS converted, 0 AS unconverted,
        countIf(outcome != 'too early') AS judged,
        countIf(outcome = 'bought') AS saved_,
        countIf(outcome = 'bought' AND isNotNull(revenue)) AS saved_known,
        sumIf(ifNull(revenue, 0), outcome = 'bought') AS kept
    FROM hearken.v_alert_outcomes(from = {from:DateTime('UTC')}, until = {until:DateTime('UTC')}, as_of = {as_of:DateTime('UTC')}, days = {days:UInt16})
    WHERE contacted
    GROUP BY brand
)
GROUP BY brand
COMMENT 'What making up for things cost, and whose revenue stayed: v_recovery(from = ''2026-08-01 00:00:00'', until = ''2026-10-01 00:00:00'', as_of = ''2026-11-22 00:00:00'', days = 30), UTC, until exclusive. A row per brand. cost: compensation given in the window in compensated_cases, by the newest rate at or before its day; unconverted_costs have none and are in no sum. customers were alerted in the window, spoken to and can be looked back on by as_of; saved of them bought again within days and have not left (v_alert_outcomes). revenue_kept is what the saved ordered in the 12 months before their alert, known of saved_with_revenue of them: money that was there before, no forecast, and not proven to be due to the call. NULL where there is nothing to add up; both in currency'
