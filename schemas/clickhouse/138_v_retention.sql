CREATE OR REPLACE VIEW v_retention
AS SELECT
    brand,
    sentiment_group,
    customers,
    known_share,
    retained,
    left_,
    unknown_,
    if(retained + left_ > 0, retained / (retained + left_), NULL) AS retention,
    hearken_share_low(retained, retained + left_) AS retention_low,
    hearken_share_high(retained, retained + left_) AS retention_high,
    bought_again
FROM
(
    SELECT
        told.1 AS brand,
        if(customer_key = '', '', told.2) AS sentiment_group,
        countIf(customer_key != '') AS customers,
        -- Of all that was said in the window; the rows of nobody are needed for this alone.
        if(
            sum(sum(told.3)) OVER (PARTITION BY brand) > 0,
            sum(sumIf(told.3, customer_key != '')) OVER (PARTITION BY brand) / sum(sum(told.3)) OVER (PARTITION BY brand),
            NULL
        ) AS known_share,
        countIf(customer_key != '' AND state = 'retained') AS retained,
        countIf(customer_key != '' AND state = 'left') AS left_,
        customers - retained - left_ AS unknown_,
        countIf(customer_key != '' AND again) AS bought_again
    FROM
    (
        SELECT
            customer_key,
            told,
            told.3 > 0 AND ifNull(last_order_at > told.4, false) AS again,
            multiIf(has_ended OR ifNull(has_left, false), 'left', isNotNull(has_left) OR again, 'retained', 'unknown') AS state
        FROM
        (
            SELECT
                customer_key,
                groupArrayIf((c.brand, c.label, c.n, c.at), c.n > 0) AS said,
                max(c.last_order_at) AS last_order_at,
                max(c.has_left) AS has_left,
                max(c.has_ended) AS has_ended,
                max(c.orders) AS orders,
                max(c.last_brand) AS last_brand
            FROM
            (
                SELECT
                    ifNull(nullIf(merge.merged_into, ''), named.named_key) AS customer_key,
                    named.brand AS brand,
                    argMaxIf(ifNull(named.sentiment, ''), (named.at, named.id), isNotNull(named.sentiment)) AS felt,
                    if(felt = '', 'none', felt) AS label,
                    count() AS n,
                    max(named.at) AS at,
                    NULL::Nullable(DateTime64(3, 'UTC')) AS last_order_at,
                    NULL::Nullable(Bool) AS has_left,
                    false AS has_ended,
                    0 AS orders,
                    '' AS last_brand
                FROM
                (
                    SELECT f.* EXCEPT (named_key), if(f.named_key = '', ifNull(bearer.bearer, ''), f.named_key) AS named_key
                    FROM
                    (
                        SELECT
                            hearken_customer_key(customer_id, id_namespace) AS named_key,
                            author_key,
                            toString(brand) AS brand,
                            sentiment::Nullable(String) AS sentiment,
                            occurred_at AS at,
                            feedback_id AS id
                        FROM v_feedback
                        WHERE own AND origin = 'genuine' AND occurred_at >= {from:DateTime('UTC')} AND occurred_at < {until:DateTime('UTC')}
                    ) AS f
                    LEFT JOIN
                    (
                        SELECT alias_key, customer_key AS bearer FROM v_identities WHERE alias_type = 'handle'
                    ) AS bearer ON bearer.alias_key = if(f.named_key = '', ifNull(f.author_key, ''), '')
                ) AS named
                LEFT JOIN (SELECT customer_key AS m_key, merged_into FROM v_customer_merges) AS merge ON merge.m_key = named.named_key
                GROUP BY customer_key, brand
                UNION ALL
                SELECT
                    customer_key, '' AS brand, '' AS felt, '' AS label, 0 AS n, toDateTime64(0, 3, 'UTC') AS at,
                    last_order_at, has_left, has_ended, orders, ifNull(last_brand, '') AS last_brand
                FROM hearken.v_customer_value(as_of = {until:DateTime('UTC')})
            ) AS c
            GROUP BY customer_key
        )
        ARRAY JOIN multiIf(
            notEmpty(said), said,
            orders > 0, [(last_brand, 'none', toUInt64(0), toDateTime64(0, 3, 'UTC'))],
            []
        ) AS told
    )
    GROUP BY brand, sentiment_group
)
WHERE sentiment_group != ''
COMMENT 'Whether customers who spoke in a window are still customers at its end: v_retention(from = ''2026-09-01 00:00:00'', until = ''2026-11-01 00:00:00''), UTC, until exclusive. A row per own brand and by how a customer last felt about it (sentiment_group; none: words without a judgement, or nothing said by who ordered in the 12 months before, under the brand of the last order). left_: the profile''s status has ended, or no order within 3 times the median of the days between orders; retained: an order within that time, or with fewer than 3 purchases an order after their words (bought_again counts these orders alone); unknown_: the rest. retention = retained / (retained + left_) with its 95 % Wilson interval, NULL where nobody is known to be either. known_share is the share of the brand''s genuine feedback of the window whose customer is known. Later feedback and orders are left out; what links the two is no cause'
