CREATE OR REPLACE VIEW v_order_values
AS WITH (SELECT if(count() = 0, 'CNY', toString(any(reporting))) FROM fx_rates) AS reporting
SELECT
    valued.* EXCEPT (named_key, ordered_in, fx_rate),
    ifNull(nullIf(merge.merged_into, ''), valued.named_key) AS customer_key,
    reporting AS reporting_currency,
    -- One unit of the reporting currency is one, with or without a row that says so.
    nullIf(if(valued.ordered_in = reporting, 1, ifNull(valued.fx_rate, 0)), 0) AS rate,
    toFloat64(valued.amount) * rate AS revenue
FROM
(
    SELECT o.*, fx.fx_rate AS fx_rate
    FROM
    (
        SELECT
            order_id,
            source,
            hearken_customer_key(customer_id, id_namespace) AS named_key,
            occurred_at,
            hearken_day(occurred_at, time_precision, source, brand) AS day,
            status,
            hearken_order_counts(status) AS counts,
            amount,
            currency,
            toString(currency) AS ordered_in,
            store_id,
            brand,
            dictGet('hearken.brand_by_name', 'own', brand)::Bool AS own,
            region
        FROM orders
        -- The newest states, as v_orders shows them; a set of numbers costs half of one of texts.
        WHERE (sipHash128(order_id), hearken_newest(updated_at, received_at, src_offset)) IN (
            SELECT sipHash128(order_id) AS key, max(hearken_newest(updated_at, received_at, src_offset)) FROM orders GROUP BY key
        )
    ) AS o
    ASOF LEFT JOIN
    (
        SELECT toString(currency) AS fx_currency, day AS fx_day, max(rate) AS fx_rate FROM fx_rates GROUP BY fx_currency, fx_day
    ) AS fx ON fx.fx_currency = o.ordered_in AND fx.fx_day <= o.day
) AS valued
LEFT JOIN v_customer_merges AS merge ON merge.customer_key = valued.named_key
COMMENT 'Every order once, in its newest state, with the customer whose it is now (customer_key; a merge takes it along, empty where nobody is known) and what it is worth in the currency of reports: revenue = amount * rate, by the newest rate at or before the order''s day in the brand''s own time zone; NULL where there is no such rate or no amount. counts is false where it was cancelled or refunded. Competitors'' with own = false'
