CREATE OR REPLACE VIEW v_customer_timeline
AS WITH
    -- The customer asked for, or the one that it was merged into, and every id and handle that is this customer now.
    (SELECT if(count() = 0, {customer:String}, any(merged_into)) FROM v_customer_merges WHERE customer_key = {customer:String}) AS asked,
    (SELECT arrayPushBack(groupArray(customer_key), asked) FROM v_customer_merges WHERE merged_into = asked) AS keys,
    (SELECT groupArray(alias_key) FROM v_identities WHERE alias_type = 'handle' AND has(keys, customer_key)) AS handles
SELECT
    asked AS customer_key,
    at,
    kind,
    title,
    detail,
    sentiment,
    source,
    source_id,
    feedback_id,
    brand
FROM
(
    SELECT
        occurred_at AS at,
        if(channel = 'survey', 'survey', 'feedback') AS kind,
        if(channel = 'survey', ifNull(toString(survey_id), 'survey'), toString(channel)) AS title,
        text AS detail,
        sentiment::Nullable(String) AS sentiment,
        toString(source) AS source,
        source_id,
        feedback_id::Nullable(UUID) AS feedback_id,
        toString(brand) AS brand
    FROM v_feedback
    WHERE has(keys, hearken_customer_key(customer_id, id_namespace)) AND isNotNull(customer_id)
        OR isNull(customer_id) AND has(handles, ifNull(author_key, '')) AND isNotNull(author_key)
    UNION ALL
    SELECT
        updated_at AS at,
        'order' AS kind,
        toString(status) AS title,
        concat(order_id, if(isNull(amount), '', concat(' · ', toString(assumeNotNull(amount)), ' ', currency)), if(isNull(store_id), '', concat(' · ', assumeNotNull(toString(store_id))))) AS detail,
        NULL AS sentiment,
        toString(source) AS source,
        order_id AS source_id,
        NULL AS feedback_id,
        toString(brand) AS brand
    FROM orders
    WHERE has(keys, hearken_customer_key(customer_id, id_namespace)) AND isNotNull(customer_id)
    UNION ALL
    SELECT
        occurred_at AS at,
        'visit' AS kind,
        toString(event) AS title,
        concat(page, if(isNull(product_id), '', concat(' · ', assumeNotNull(toString(product_id))))) AS detail,
        NULL AS sentiment,
        toString(source) AS source,
        visit_id AS source_id,
        NULL AS feedback_id,
        toString(brand) AS brand
    FROM visits
    WHERE has(keys, hearken_customer_key(customer_id, id_namespace)) AND isNotNull(customer_id)
    UNION ALL
    SELECT
        updated_at AS at,
        'profile' AS kind,
        if(deleted, 'deleted', ifNull(toString(status), 'changed')) AS title,
        arrayStringConcat(arrayFilter(part -> part != '', [toString(segment), ifNull(toString(region), ''), ifNull(toString(owner), '')]), ' · ') AS detail,
        NULL AS sentiment,
        toString(source) AS source,
        customer_id AS source_id,
        NULL AS feedback_id,
        '' AS brand
    FROM customers
    WHERE has(keys, hearken_customer_key(customer_id, id_namespace))
    UNION ALL
    SELECT
        alert_at AS at,
        'alert' AS kind,
        toString(rule) AS title,
        arrayStringConcat(arrayFilter(part -> part != '', [toString(severity), if(paged, '', toString(unpaged_because))]), ' · ') AS detail,
        NULL AS sentiment,
        'hearken' AS source,
        toString(alert_id) AS source_id,
        feedback_id,
        toString(brand) AS brand
    FROM (SELECT * FROM alerts WHERE has(keys, ifNull(customer_key, '')) ORDER BY alert_id, alert_at LIMIT 1 BY alert_id)
    UNION ALL
    SELECT
        e.at AS at,
        'case' AS kind,
        toString(e.kind) AS title,
        arrayStringConcat(
            arrayFilter(
                part -> part != '',
                [toString(e.department), if(isNull(e.amount), '', concat(toDecimalString(assumeNotNull(e.amount), 2), ' ', e.currency)), toString(e.step), e.note]
            ),
            ' · '
        ) AS detail,
        NULL AS sentiment,
        'hearken' AS source,
        toString(e.case_id) AS source_id,
        c.deciding AS feedback_id,
        c.of_brand AS brand
    FROM
    (
        SELECT case_id, at, kind, department, amount, currency, step, note FROM v_case_events
        WHERE case_id IN (SELECT case_id FROM cases WHERE has(keys, ifNull(customer_key, '')))
    ) AS e
    INNER JOIN
    (
        SELECT case_id AS of_case, any(feedback_id) AS deciding, toString(any(brand)) AS of_brand
        FROM cases WHERE has(keys, ifNull(customer_key, '')) GROUP BY case_id
    ) AS c ON c.of_case = e.case_id
)
COMMENT 'All that is known of one customer, a row an event: v_customer_timeline(customer = ''crm/C1''), by the key that v_customers gives; sort by at. Of an id that was merged it is the life of the one it is now (customer_key). kind is feedback, survey, order (a row per status it took), visit, profile, alert or case; title says the channel, the survey, the status, the rule or the event, detail the words (personal data replaced), the order''s number, amount and store, the page, the profile''s segment, region and owner, the alert''s severity and why nobody was told at once, or the case''s department, compensation and note. source and source_id find the record again, feedback_id leads to v_quotes. Every brand and origin, since it is what this one customer did'
