CREATE OR REPLACE VIEW v_revenue_at_risk
AS WITH
    -- What weighs most: the lowest score, of equals the first by name. To leave is no reason to leave.
    arraySort(aspect -> (aspect.1 = 'relationship', aspect.4, aspect.1, aspect.2), arrayFilter(aspect -> aspect.3 = 'negative', risk.last_severe.6)) AS negatives,
    arrayFirst(intent -> intent.1 = 'churn', risk.last_severe.7) AS churn,
    if(churn.1 = 'churn', (churn.2, churn.3), (negatives[1].5, negatives[1].6)) AS span
SELECT
    risk.customer_key AS customer_key,
    coalesce(worth.w_owner, nullIf(arrayFirst(
        at -> at != '',
        arrayMap(place -> dictGet('hearken.place_by_id', 'owner', place), dictGetHierarchy('hearken.place_by_id', sipHash64(ifNull(store_id, ''))))
    ), '')) AS owner,
    coalesce(nullIf(risk.last_severe.4, ''), worth.w_store) AS store_id,
    coalesce(nullIf(risk.last_severe.5, ''), worth.w_region) AS region,
    nullIf(negatives[1].1, '') AS reason,
    nullIf(negatives[1].2, '') AS topic,
    (churn.1 = 'churn')::Bool AS says_leaving,
    risk.last_severe.1 AS at,
    risk.last_severe.2 AS feedback_id,
    risk.last_severe.3 AS channel,
    if(span.2 > span.1, substringUTF8(risk.last_severe.8, span.1 + 1, toInt64(span.2) - span.1), leftUTF8(risk.last_severe.8, 200)) AS quote,
    risk.last_severe.8 AS text,
    worth.w_revenue AS revenue,
    worth.w_currency AS currency,
    if(ifNull(worth.w_tier, '') = '', 'no_orders', assumeNotNull(worth.w_tier)) AS tier,
    ifNull(worth.w_orders, 0) AS orders,
    ifNull(worth.w_unconverted, 0) AS unconverted_orders,
    worth.w_last AS last_order_at,
    worth.w_left AS has_left,
    worth.w_segment AS segment
FROM
(
    SELECT
        customer_key,
        argMaxIf((said_at, id, said_in, store, place, aspects, intents, words), (said_at, id), severe) AS last_severe,
        countIf(severe) AS severes
    FROM
    (
        SELECT
            -- A merge takes the bearer of a handle along.
            ifNull(nullIf(merge.merged_into, ''), named.customer_key) AS customer_key,
            named.* EXCEPT (customer_key)
        FROM
        (
            SELECT if(f.named_key = '', ifNull(bearer.bearer, ''), f.named_key) AS customer_key, f.* EXCEPT (named_key, author)
            FROM
            (
                SELECT
                    hearken_customer_key(customer_id, id_namespace) AS named_key,
                    ifNull(author_key, '') AS author,
                    true AS severe,
                    occurred_at AS said_at,
                    feedback_id AS id,
                    toString(channel) AS said_in,
                    ifNull(toString(store_id), '') AS store,
                    ifNull(toString(region), '') AS place,
                    arrayZip(aspects.category, aspects.topic, aspects.polarity, aspects.score, aspects.start, aspects.end) AS aspects,
                    arrayZip(intents.kind, intents.start, intents.end) AS intents,
                    text AS words
                FROM v_feedback
                WHERE own AND origin = 'genuine' AND (isNotNull(customer_id) OR isNotNull(author_key))
                    AND occurred_at > {as_of:DateTime('UTC')} - INTERVAL 90 DAY AND occurred_at <= {as_of:DateTime('UTC')}
                    AND hearken_severe(sentiment, sentiment_score, intents.kind)
                    -- A chat that ended well has resolved itself, but not the will to leave.
                    AND NOT (ifNull(resolved, false) AND NOT has(intents.kind, 'churn'))
                UNION ALL
                SELECT
                    hearken_customer_key(customer_id, id_namespace) AS named_key,
                    ifNull(author_key, '') AS author,
                    false AS severe,
                    max(occurred_at) AS said_at,
                    toUUID('00000000-0000-0000-0000-000000000000') AS id,
                    '' AS said_in,
                    '' AS store,
                    '' AS place,
                    [] AS aspects,
                    [] AS intents,
                    '' AS words
                FROM v_feedback
                WHERE own AND origin = 'genuine' AND (isNotNull(customer_id) OR isNotNull(author_key))
                    AND occurred_at > {as_of:DateTime('UTC')} - INTERVAL 90 DAY AND occurred_at <= {as_of:DateTime('UTC')}
                    AND (ifNull(resolved, false) OR ifNull(sentiment, '') = 'positive') AND NOT hearken_severe(sentiment, sentiment_score, intents.kind)
                GROUP BY named_key, author
                UNION ALL
                SELECT
                    if(c.subject_kind = 'author', '', ifNull(c.customer_key, '')) AS named_key,
                    if(c.subject_kind = 'author', c.subject, '') AS author,
                    false AS severe,
                    max(if(e.ended, e.ended_at, c.occurred_at + INTERVAL 1 MILLISECOND)) AS said_at,
                    toUUID('00000000-0000-0000-0000-000000000000') AS id,
                    '' AS said_in,
                    '' AS store,
                    '' AS place,
                    [] AS aspects,
                    [] AS intents,
                    '' AS words
                FROM cases AS c
                INNER JOIN
                (
                    SELECT
                        case_id AS of_case,
                        argMaxIf(toString(state), at, state != '') IN ('resolved', 'closed') AS ended,
                        maxIf(at, state IN ('resolved', 'closed')) AS ended_at,
                        countIf(kind IN ('wrong_reason', 'not_a_customer')) > 0 AS mistaken
                    FROM v_case_events
                    WHERE at <= {as_of:DateTime('UTC')} AND case_id IN (
                        SELECT case_id
                        FROM case_events
                        WHERE at > {as_of:DateTime('UTC')} - INTERVAL 90 DAY AND at <= {as_of:DateTime('UTC')}
                            AND (state IN ('resolved', 'closed') OR kind IN ('wrong_reason', 'not_a_customer'))
                    )
                    GROUP BY case_id
                    -- What somebody called a mistake was no reason to go, up to the words that opened the case.
                    HAVING ended OR mistaken
                ) AS e ON e.of_case = c.case_id
                WHERE c.subject_kind IN ('customer', 'author')
                GROUP BY named_key, author
            ) AS f
            LEFT JOIN
            (
                SELECT alias_key, customer_key AS bearer FROM v_identities WHERE alias_type = 'handle'
            ) AS bearer ON bearer.alias_key = if(f.named_key = '', f.author, '')
        ) AS named
        LEFT JOIN v_customer_merges AS merge ON merge.customer_key = named.customer_key
    )
    WHERE customer_key != ''
    GROUP BY customer_key
    HAVING severes > 0 AND maxIf(said_at, NOT severe) <= maxIf(said_at, severe)
) AS risk
LEFT JOIN
(
    SELECT
        customer_key AS w_customer, owner AS w_owner, last_store_id AS w_store, region AS w_region, revenue AS w_revenue, currency AS w_currency,
        tier AS w_tier, orders AS w_orders, unconverted_orders AS w_unconverted, last_order_at AS w_last, has_left AS w_left, segment AS w_segment
    FROM hearken.v_customer_value(as_of = {as_of:DateTime('UTC')})
) AS worth ON worth.w_customer = risk.customer_key
COMMENT 'The money of customers with an open reason to go: v_revenue_at_risk(as_of = ''2026-11-22 00:00:00''), UTC; a row a known customer who in the 90 days before as_of said something severe about an own brand (the will to leave, something strongly negative, a negative complaint, threat or danger; genuine) that is unresolved: nothing positive said later, no later chat that ended resolved, nor a chat that ended so itself, unless it says the will to leave, and no case of the customer that was resolved or closed after it and not opened again by as_of; nor words up to those of a case of which somebody said that the reason is wrong, or that it is no customer. at, feedback_id and quote (the words that say the will to leave, else the worst aspect) are of the newest such feedback, reason and topic of its worst negative aspect, NULL where it names none; relationship only where it names no other. revenue is what they ordered in the 12 months before as_of (NULL where they did not, or none of it could be converted; unconverted_orders counts these): money exposed, no forecast. owner is the profile''s, else the store''s; store_id the feedback''s, else that of the last order'
