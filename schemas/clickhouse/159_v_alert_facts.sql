CREATE OR REPLACE VIEW v_alert_facts
AS WITH RECURSIVE
    -- Where the few lie, by the table that is made for it; then who speaks in them.
    (
        SELECT (
            groupUniqArrayIf(hearken_customer_key(customer_id, id_namespace), isNotNull(customer_id)),
            groupUniqArrayIf(ifNull(author_key, ''), isNull(customer_id) AND isNotNull(author_key))
        )
        FROM feedback
        WHERE sign = 1 AND feedback_id IN (SELECT arrayJoin({feedback:Array(UUID)}))
            AND (channel, toStartOfHour(occurred_at)) IN (
                SELECT channel, hour FROM states WHERE of_table = 'feedback' AND id IN (SELECT arrayJoin({feedback:Array(UUID)}))
            )
    ) AS asked,
    -- The same way to the customer as in v_news.
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
                    WHERE alias_type = 'handle' AND alias_key IN (SELECT arrayJoin(asked.2))
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
                        SELECT customer_id, id_namespace FROM identities WHERE alias_type = 'handle' AND alias_key IN (SELECT arrayJoin(asked.2))
                    )
                    GROUP BY customer_id, id_namespace
                    HAVING NOT gone
                ) AS profile ON profile.customer_id = claim.customer_id AND profile.id_namespace = claim.id_namespace
                WHERE has(claim.held, profile.last)
            )
            GROUP BY alias_key
        )
    ) AS bearers,
    walk AS
    (
        SELECT start, [start] AS path FROM (SELECT arrayJoin(arrayDistinct(arrayConcat(asked.1, bearers.2))) AS start)
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
    ),
    arraySort(
        aspect -> (aspect.4, aspect.1, aspect.2),
        arrayFilter(
            aspect -> aspect.3 = 'negative',
            arrayZip(aspects.category, aspects.topic, aspects.polarity, aspects.score, aspects.start, aspects.end, aspects.touchpoint)
        )
    )[1] AS worst,
    arrayZip(intents.kind, intents.start, intents.end) AS wants,
    -- Safety and law before the will to leave, that before what is blamed.
    arrayFirst(
        words -> words.2 > words.1,
        arrayConcat(
            arrayMap(want -> (want.2, want.3), arrayFilter(want -> want.1 IN ('safety', 'legal_threat'), wants)),
            arrayMap(want -> (want.2, want.3), arrayFilter(want -> want.1 = 'churn', wants)),
            [(worst.5, worst.6)]
        )
    ) AS span,
    ifNull(worst.7, said.touchpoint) AS place_of_it,
    dictGetHierarchy('hearken.product_by_id', sipHash64(ifNull(said.product_id, ''))) AS product_keys,
    dictGetHierarchy('hearken.place_by_id', sipHash64(ifNull(said.store_id, ''))) AS place_keys
SELECT
    said.feedback_id AS feedback_id,
    multiIf(isNotNull(customer_key), 'customer', isNotNull(said.author_key), 'author', 'feedback') AS subject_kind,
    coalesce(customer_key, said.author_key, toString(said.feedback_id)) AS subject,
    said.occurred_at AS occurred_at,
    toString(said.time_precision) AS time_precision,
    said.received_at AS received_at,
    said.written_at AS seen_at,
    toString(said.brand) AS brand,
    toString(said.channel) AS channel,
    ifNull(toString(said.product_id), '') AS product_id,
    if(product_id = '', [], arrayDistinct(arrayPushFront(arrayFilter(id -> id != '', arrayMap(at -> dictGet('hearken.product_by_id', 'id', at), product_keys)), product_id)))
        AS products,
    ifNull(toString(said.store_id), '') AS store_id,
    if(store_id = '', [], arrayDistinct(arrayPushFront(arrayFilter(id -> id != '', arrayMap(at -> dictGet('hearken.place_by_id', 'id', at), place_keys)), store_id)))
        AS places,
    arrayFirst(name -> name != '', arrayMap(at -> dictGet('hearken.place_by_id', 'owner', at), place_keys)) AS place_owner,
    hearken_touchpoint(place_of_it) AS touchpoint,
    dictGet('hearken.touchpoint_by_name', 'department', lowerUTF8(replaceRegexpAll(ifNull(place_of_it, ''), '[ _-]', ''))) AS department,
    toString(worst.1) AS category,
    toString(worst.2) AS topic,
    toString(said.language) AS language,
    leftUTF8(if(span.2 > span.1, substringUTF8(said.text, span.1 + 1, toInt64(span.2) - span.1), said.text), 200) AS quote,
    span.1 AS span_start,
    span.2 AS span_end,
    nullIf(ends.survivor, '') AS customer_key,
    ifNull(standing.s_owner, '') AS customer_owner,
    ifNull(nullIf(standing.s_tier, ''), 'unknown') AS tier,
    CAST(NULL, 'Nullable(Float32)') AS risk
FROM
(
    SELECT f.*, if(f.author = '', hearken_customer_key(f.customer_id, f.id_namespace), ifNull(bearer.bearer_key, '')) AS named_key
    FROM
    (
        SELECT *, if(isNull(customer_id), ifNull(author_key, ''), '') AS author
        FROM feedback
        WHERE sign = 1 AND feedback_id IN (SELECT arrayJoin({feedback:Array(UUID)}))
            AND (channel, toStartOfHour(occurred_at)) IN (
                SELECT channel, hour FROM states WHERE of_table = 'feedback' AND id IN (SELECT arrayJoin({feedback:Array(UUID)}))
            )
            AND (feedback_id, version) NOT IN (
                SELECT feedback_id, version FROM superseded WHERE feedback_id IN (SELECT arrayJoin({feedback:Array(UUID)}))
            )
    ) AS f
    LEFT JOIN (SELECT arrayJoin(bearers) AS bearer, bearer.1 AS handle, bearer.2 AS bearer_key) AS bearer ON bearer.handle = f.author
) AS said
LEFT JOIN ends ON ends.start = said.named_key
LEFT JOIN
(
    SELECT customer_key AS s_customer, toString(tier) AS s_tier, toString(owner) AS s_owner
    FROM customer_standing
    WHERE customer_key IN (SELECT survivor FROM ends)
) AS standing ON standing.s_customer = ends.survivor
COMMENT 'What an alert has to know of the feedback that decided: v_alert_facts(feedback = [''…'']), a row a feedback in its newest state, whatever its brand and origin. products and places are the thing itself and what it belongs to, nearest first; place_owner is the nearest of these places'' owners, customer_owner the profile''s, department the touchpoint''s (the worst aspect''s own, else the record''s); category and topic are of the worst negative aspect. quote is what decides, at most 200 characters from span_start: words of danger or law, else those that say the will to leave, else the worst negative aspect''s, else the beginning (span_end = span_start). seen_at is when ClickHouse wrote the row. tier and customer_owner are as of the last full hour. risk is NULL here: v_risk_at tells it for a customer and a moment'
