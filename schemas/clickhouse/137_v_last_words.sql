CREATE OR REPLACE VIEW v_last_words
AS WITH
    arraySort(aspect -> (aspect.3 != 'negative', aspect.4, aspect.1, aspect.2), arrayZip(
        said.aspects.category, said.aspects.topic, said.aspects.polarity, said.aspects.score, said.aspects.start, said.aspects.end
    ))[1] AS worst,
    arrayFirst(intent -> intent.1 = 'churn', arrayZip(said.intents.kind, said.intents.start, said.intents.end)) AS churn,
    if(churn.1 = 'churn', (churn.2, churn.3), (worst.5, worst.6)) AS span
SELECT
    last.customer_key AS customer_key,
    last.state AS state,
    said.feedback_id AS feedback_id,
    said.occurred_at AS at,
    intDiv(dateDiff('second', said.occurred_at, {as_of:DateTime('UTC')}), 86400) AS days_since,
    said.channel AS channel,
    said.brand AS brand,
    said.sentiment AS sentiment,
    nullIf(toString(worst.1), '') AS category,
    nullIf(toString(worst.2), '') AS topic,
    if(span.2 > span.1, substringUTF8(said.text, span.1 + 1, toInt64(span.2) - span.1), leftUTF8(said.text, 200)) AS quote,
    said.text AS text,
    if(last.negative_at = toDateTime64(0, 3, 'UTC'), NULL, last.negative_at) AS last_negative_at,
    if(last.negative_at = toDateTime64(0, 3, 'UTC'), NULL, last.negative_id) AS last_negative_id,
    last.last_order_at AS last_order_at,
    last.interval_days AS interval_days,
    last.revenue AS revenue,
    last.currency AS currency,
    last.tier AS tier,
    last.segment AS segment,
    last.owner AS owner
FROM
(
    SELECT * FROM v_feedback
    WHERE occurred_at > {as_of:DateTime('UTC')} - INTERVAL 12 MONTH AND occurred_at <= {as_of:DateTime('UTC')}
) AS said
INNER JOIN
(
    SELECT
        worth.*,
        spoke.* EXCEPT (s_customer),
        multiIf(
            worth.has_ended, 'ended',
            ifNull(worth.has_left, false), 'left',
            spoke.churn_at > ifNull(worth.last_order_at, toDateTime64(0, 3, 'UTC')), 'leaving',
            worth.orders_ever > 0 AND worth.orders = 0, 'silent',
            ''
        ) AS state
    FROM
    (
        SELECT
            ifNull(nullIf(merge.merged_into, ''), named.customer_key) AS s_customer,
            max(named.last) AS last_at,
            argMax(named.id, (named.last, named.id)) AS last_id,
            max(named.negative) AS negative_at,
            argMax(named.n_id, (named.negative, named.n_id)) AS negative_id,
            max(named.churn) AS churn_at
        FROM
        (
            SELECT if(f.named_key = '', ifNull(bearer.bearer, ''), f.named_key) AS customer_key, f.* EXCEPT (named_key, author)
            FROM
            (
                SELECT
                    hearken_customer_key(customer_id, id_namespace) AS named_key,
                    if(isNull(customer_id), ifNull(author_key, ''), '') AS author,
                    max(occurred_at) AS last,
                    argMax(feedback_id, occurred_at) AS id,
                    maxIf(occurred_at, ifNull(sentiment, '') = 'negative') AS negative,
                    argMaxIf(feedback_id, occurred_at, ifNull(sentiment, '') = 'negative') AS n_id,
                    maxIf(occurred_at, has(intents.kind, 'churn') AND occurred_at > {as_of:DateTime('UTC')} - INTERVAL 90 DAY) AS churn
                FROM v_feedback
                WHERE own AND origin = 'genuine' AND (isNotNull(customer_id) OR isNotNull(author_key))
                    AND occurred_at > {as_of:DateTime('UTC')} - INTERVAL 12 MONTH AND occurred_at <= {as_of:DateTime('UTC')}
                GROUP BY named_key, author
            ) AS f
            LEFT JOIN
            (
                SELECT alias_key, customer_key AS bearer FROM v_identities WHERE alias_type = 'handle'
            ) AS bearer ON bearer.alias_key = if(f.named_key = '', f.author, '')
        ) AS named
        LEFT JOIN v_customer_merges AS merge ON merge.customer_key = named.customer_key
        WHERE named.customer_key != ''
        GROUP BY s_customer
    ) AS spoke
    INNER JOIN (SELECT * FROM hearken.v_customer_value(as_of = {as_of:DateTime('UTC')})) AS worth ON worth.customer_key = spoke.s_customer
    WHERE state != ''
) AS last ON last.last_id = said.feedback_id
COMMENT 'What customers who left said last: v_last_words(as_of = ''2026-11-22 00:00:00''), UTC. A row a customer whose state is ended (the profile''s status says so), left (no order within 3 times the median of the days between orders), leaving (said in the last 90 days that they leave, and has not ordered since) or silent (fewer than 3 purchases, the last over 12 months ago), and who said something genuine of an own brand in the 12 months before as_of: the last of it, with the words that say the will to leave, else the worst aspect (quote; category and topic are of that aspect), and when they were last negative. Who said nothing has no row'
