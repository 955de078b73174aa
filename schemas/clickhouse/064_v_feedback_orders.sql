CREATE OR REPLACE VIEW v_feedback_orders
AS SELECT
    asked.* EXCEPT (latest_order, latest_at),
    nullIf(asked.latest_order, '') AS latest_order_id,
    if(asked.latest_order = '', NULL, asked.latest_at) AS latest_ordered_at,
    nullIf(then.s_status, '') AS latest_status,
    then.s_amount AS latest_amount,
    nullIf(then.s_currency, '') AS latest_currency,
    then.s_store AS latest_store_id,
    if(ifNull(named.n_order, '') = '', NULL, named.n_at) AS named_ordered_at,
    nullIf(named.n_status, '') AS named_status,
    named.n_amount AS named_amount,
    nullIf(named.n_currency, '') AS named_currency,
    named.n_store AS named_store_id
FROM
(
    SELECT f.*, ifNull(placed.p_order, '') AS latest_order, placed.p_at AS latest_at
    FROM v_feedback_customers AS f
    ASOF LEFT JOIN
    (
        SELECT if(ifNull(merge.merged_into, '') = '', o.named_key, merge.merged_into) AS p_customer, o.ordered_at AS p_at, max(o.order) AS p_order
        FROM
        (
            SELECT
                order_id AS order,
                occurred_at AS ordered_at,
                if(id_namespace = '', ifNull(customer_id, ''), concat(id_namespace, '/', ifNull(customer_id, ''))) AS named_key
            FROM v_orders
            WHERE isNotNull(customer_id)
        ) AS o
        LEFT JOIN v_customer_merges AS merge ON merge.customer_key = o.named_key
        GROUP BY p_customer, p_at
    ) AS placed ON placed.p_customer = ifNull(f.resolved_customer_key, '') AND placed.p_at <= f.occurred_at
) AS asked
ASOF LEFT JOIN
(
    -- Of two states of one moment the one that v_orders would show.
    SELECT order_id AS s_order, updated_at AS s_at, status AS s_status, amount AS s_amount, currency AS s_currency, store_id AS s_store
    FROM orders
    ORDER BY order_id DESC, updated_at DESC, received_at DESC, src_offset DESC, record_id DESC
    LIMIT 1 BY order_id, updated_at
) AS then ON then.s_order = asked.latest_order AND then.s_at <= asked.occurred_at
LEFT JOIN
(
    SELECT order_id AS n_order, occurred_at AS n_at, status AS n_status, amount AS n_amount, currency AS n_currency, store_id AS n_store FROM v_orders
) AS named ON named.n_order = ifNull(asked.order_id, '')
COMMENT 'Every feedback of v_feedback_customers with the latest order its customer had placed at or before occurred_at (latest_…, in the status it had then; NULL where none, status NULL where that is not known), and the order the feedback itself names in its newest state (named_…). An order that arrives late changes the answer of the next query. Not cheap: holds every order in memory, 10 seconds a million of them'
