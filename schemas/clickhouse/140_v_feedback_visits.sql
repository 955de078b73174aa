CREATE OR REPLACE VIEW v_feedback_visits
AS SELECT
    said.* EXCEPT (f_customer),
    nullIf(said.f_customer, '') AS resolved_customer_key,
    if(ifNull(seen.v_customer, '') = '', NULL, seen.v_at) AS visited_at,
    if(ifNull(seen.v_customer, '') = '', NULL, dateDiff('second', seen.v_at, said.occurred_at)) AS seconds_since,
    nullIf(seen.v_seen.1, '') AS visit_id,
    nullIf(seen.v_seen.2, '') AS visit_source,
    nullIf(seen.v_seen.3, '') AS page,
    nullIf(seen.v_seen.4, '') AS event,
    nullIf(seen.v_seen.5, '') AS visit_touchpoint,
    if(ifNull(seen.v_customer, '') = '', NULL, hearken_stage(seen.v_seen.5)) AS visit_stage,
    nullIf(seen.v_seen.6, '') AS visit_product_id,
    nullIf(seen.v_seen.7, '') AS visit_campaign
FROM
(
    SELECT f.* EXCEPT (f_named), ifNull(nullIf(merge.merged_into, ''), f.f_named) AS f_customer
    FROM
    (
        SELECT told.* EXCEPT (f_key), if(told.f_key = '', ifNull(bearer.bearer, ''), told.f_key) AS f_named
        FROM
        (
            SELECT *, hearken_customer_key(customer_id, id_namespace) AS f_key
            FROM v_feedback
            WHERE occurred_at >= {from:DateTime('UTC')} AND occurred_at < {until:DateTime('UTC')}
        ) AS told
        LEFT JOIN
        (
            SELECT alias_key AS b_handle, customer_key AS bearer FROM v_identities WHERE alias_type = 'handle'
        ) AS bearer ON bearer.b_handle = if(told.f_key = '', ifNull(told.author_key, ''), '')
    ) AS f
    LEFT JOIN (SELECT customer_key AS m_key, merged_into FROM v_customer_merges) AS merge ON merge.m_key = f.f_named
) AS said
ASOF LEFT JOIN
(
    SELECT
        ifNull(nullIf(merge.merged_into, ''), v.named_key) AS v_customer,
        v.at AS v_at,
        -- Of several events of one moment the last by name.
        max((v.visit_id, v.source, v.page, v.event, v.touchpoint, v.product_id, v.campaign)) AS v_seen
    FROM
    (
        SELECT
            hearken_customer_key(customer_id, id_namespace) AS named_key,
            occurred_at AS at,
            visit_id,
            toString(source) AS source,
            toString(page) AS page,
            toString(event) AS event,
            ifNull(toString(touchpoint), '') AS touchpoint,
            ifNull(toString(product_id), '') AS product_id,
            ifNull(toString(campaign), '') AS campaign
        FROM visits
        WHERE isNotNull(customer_id)
            AND occurred_at >= {from:DateTime('UTC')} - INTERVAL 30 DAY AND occurred_at < {until:DateTime('UTC')}
    ) AS v
    LEFT JOIN (SELECT customer_key AS m_key, merged_into FROM v_customer_merges) AS merge ON merge.m_key = v.named_key
    GROUP BY v_customer, v_at
) AS seen ON seen.v_customer = said.f_customer AND seen.v_at <= said.occurred_at
COMMENT 'The feedback of a window with the latest event of a visit by its customer at or before it: v_feedback_visits(from = ''2026-11-21 00:00:00'', until = ''2026-11-22 00:00:00''), UTC, until exclusive. Every column of v_feedback, resolved_customer_key, and the visit: when, how many seconds before, where (visit_stage of the visit''s own touchpoint); NULL where there was none since 30 days before from, or nobody is known. A visit that arrives late changes the answer of the next query, and so does a merge. Every brand, every origin'
