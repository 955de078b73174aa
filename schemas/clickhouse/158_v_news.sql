CREATE OR REPLACE VIEW v_news
AS WITH RECURSIVE
    -- Everything is looked up by the keys of these few, never asked of all: who speaks,
    (
        SELECT (
            groupUniqArray(feedback_id),
            groupUniqArrayIf(hearken_customer_key(customer_id, id_namespace), isNotNull(customer_id)),
            groupUniqArrayIf(ifNull(author_key, ''), isNull(customer_id) AND isNotNull(author_key))
        )
        FROM feedback
        WHERE sign = 1 AND in_topic = {topic:String}
            -- The index knows the bounds over all partitions, which lie close together; the rest is looked at row by row.
            AND in_offset >= arrayMin({from:Array(Int64)}) AND in_offset < arrayMax({until:Array(Int64)})
            AND arrayExists(
                (partition, first, end) -> in_partition = partition AND in_offset >= first AND in_offset < end,
                {partitions:Array(Int32)}, {from:Array(Int64)}, {until:Array(Int64)}
            )
            AND origin = 'genuine' AND dictGet('hearken.brand_by_name', 'own', brand)
    ) AS asked,
    -- which customers bear the handles of those who name none, as v_identities judges it,
    (
        SELECT groupArray((alias_key, hearken_customer_key(holder.1, holder.2)))
        FROM
        (
            SELECT alias_key, argMax(bearer, (since, bearer)) AS holder
            FROM
            (
                SELECT
                    claim.alias_key AS alias_key,
                    (claim.customer_id, claim.id_namespace) AS bearer,
                    arrayFilter(at -> NOT has(claim.held, at), profile.times) AS lacking,
                    arrayMin(arrayFilter(at -> empty(lacking) OR at > arrayMax(lacking), claim.held)) AS since
                FROM
                (
                    SELECT alias_key, customer_id, id_namespace, groupUniqArray(valid_from) AS held
                    FROM identities
                    WHERE alias_type = 'handle' AND alias_key IN (SELECT arrayJoin(asked.3))
                    GROUP BY alias_key, customer_id, id_namespace
                ) AS claim
                INNER JOIN
                (
                    SELECT
                        customer_id,
                        id_namespace,
                        groupUniqArray(updated_at) AS times,
                        argMax((updated_at, deleted), (least(updated_at, received_at), updated_at)) AS newest,
                        newest.1 AS last,
                        newest.2 AS gone
                    FROM customers
                    WHERE (customer_id, id_namespace) IN (
                        SELECT customer_id, id_namespace FROM identities WHERE alias_type = 'handle' AND alias_key IN (SELECT arrayJoin(asked.3))
                    )
                    GROUP BY customer_id, id_namespace
                    HAVING NOT gone
                ) AS profile ON profile.customer_id = claim.customer_id AND profile.id_namespace = claim.id_namespace
                WHERE has(claim.held, profile.last)
            )
            GROUP BY alias_key
        )
    ) AS bearers,
    arrayDistinct(arrayConcat(asked.2, bearers.2)) AS named_keys,
    -- and into whom these were merged, step by step as v_customer_merges goes.
    walk AS
    (
        SELECT start, [start] AS path FROM (SELECT arrayJoin(named_keys) AS start)
        UNION ALL
        SELECT walk.start AS start, arrayPushBack(walk.path, step.parent) AS path
        FROM walk INNER JOIN
        (
            SELECT alias_key AS child, hearken_customer_key(holder.1, holder.2) AS parent
            FROM
            (
                SELECT alias_key, argMax(bearer, (since, bearer)) AS holder
                FROM
                (
                    SELECT
                        claim.alias_key AS alias_key,
                        (claim.customer_id, claim.id_namespace) AS bearer,
                        arrayFilter(at -> NOT has(claim.held, at), profile.times) AS lacking,
                        arrayMin(arrayFilter(at -> empty(lacking) OR at > arrayMax(lacking), claim.held)) AS since
                    FROM
                    (
                        SELECT alias_key, customer_id, id_namespace, groupUniqArray(valid_from) AS held
                        FROM identities
                        WHERE alias_type = 'customer_id' AND alias_key IN (SELECT path[-1] FROM walk) AND alias_key != hearken_customer_key(customer_id, id_namespace)
                        GROUP BY alias_key, customer_id, id_namespace
                    ) AS claim
                    INNER JOIN
                    (
                        SELECT
                            customer_id,
                            id_namespace,
                            groupUniqArray(updated_at) AS times,
                            argMax((updated_at, deleted), (least(updated_at, received_at), updated_at)) AS newest,
                            newest.1 AS last,
                            newest.2 AS gone
                        FROM customers
                        WHERE (customer_id, id_namespace) IN (
                            SELECT customer_id, id_namespace FROM identities WHERE alias_type = 'customer_id' AND alias_key IN (SELECT path[-1] FROM walk)
                        )
                        GROUP BY customer_id, id_namespace
                        HAVING NOT gone
                    ) AS profile ON profile.customer_id = claim.customer_id AND profile.id_namespace = claim.id_namespace
                    WHERE has(claim.held, profile.last)
                )
                GROUP BY alias_key
            )
        ) AS step ON step.child = walk.path[-1]
        WHERE length(walk.path) < 17 AND NOT has(arrayPopBack(walk.path), walk.path[-1])
    ),
    ends AS
    (
        SELECT
            start,
            argMax(path, length(path)) AS longest,
            if(
                has(arrayPopBack(longest), longest[-1]), arrayMin(arraySlice(longest, indexOf(longest, longest[-1]))), longest[-1]
            ) AS survivor
        FROM walk
        GROUP BY start
    )
SELECT
    said.* EXCEPT (author, named_key),
    nullIf(ends.survivor, '') AS customer_key,
    multiIf(isNotNull(customer_key), 'customer', isNotNull(author_key), 'author', 'feedback') AS subject_kind,
    coalesce(customer_key, author_key, toString(feedback_id)) AS subject,
    ifNull(nullIf(standing.s_tier, ''), 'unknown') AS tier,
    standing.s_revenue AS revenue,
    nullIf(standing.s_currency, '') AS currency
FROM
(
    SELECT f.*, if(f.author = '', hearken_customer_key(f.customer_id, f.id_namespace), ifNull(bearer.bearer_key, '')) AS named_key
    FROM
    (
        SELECT * EXCEPT (sign, arrival, url), true AS own, if(isNull(customer_id), ifNull(author_key, ''), '') AS author
        FROM feedback
        WHERE sign = 1 AND in_topic = {topic:String}
            -- The index knows the bounds over all partitions, which lie close together; the rest is looked at row by row.
            AND in_offset >= arrayMin({from:Array(Int64)}) AND in_offset < arrayMax({until:Array(Int64)})
            AND arrayExists(
                (partition, first, end) -> in_partition = partition AND in_offset >= first AND in_offset < end,
                {partitions:Array(Int32)}, {from:Array(Int64)}, {until:Array(Int64)}
            )
            AND origin = 'genuine' AND dictGet('hearken.brand_by_name', 'own', brand)
            AND (feedback_id, version) NOT IN (
                SELECT feedback_id, version FROM superseded WHERE feedback_id IN (SELECT arrayJoin(asked.1))
            )
    ) AS f
    LEFT JOIN (SELECT arrayJoin(bearers) AS bearer, bearer.1 AS handle, bearer.2 AS bearer_key) AS bearer ON bearer.handle = f.author
) AS said
LEFT JOIN ends ON ends.start = said.named_key
LEFT JOIN
(
    SELECT customer_key AS s_customer, toString(tier) AS s_tier, revenue AS s_revenue, toString(currency) AS s_currency
    FROM customer_standing
    WHERE customer_key IN (SELECT survivor FROM ends)
) AS standing ON standing.s_customer = ends.survivor
COMMENT 'What arrived, for the rules of alerts: v_news(topic = ''feedback.enriched.v1'', partitions = [0, 1], from = [120, 77], until = [220, 90]), a range of the sink''s input offsets for each partition, until exclusive. A row a feedback in its newest state whose newest state was written from that range, of own brands and genuine alone, with all columns of v_feedback and customer_key (the customer after handles and merges, as v_feedback_customers tells; NULL where nobody is known), subject_kind and subject (customer, else author, else feedback: whom an alert is about), and the customer''s tier, revenue and currency as of the last full hour (customer_standing; tier unknown where the customer is, or was not yet). Looks up no more than these few need'
