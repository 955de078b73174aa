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
)
COMMENT 'All that is known of one customer, a row an event: v_customer_timeline(customer = ''crm/C1''), by the key that v_customers gives; sort by at. Of an id that was merged it is the life of the one it is now (customer_key). kind is feedback, survey, order (a row per status it took), visit or profile; title says the channel, the survey, the status or the event, detail the words (personal data replaced), the order''s number, amount and store, the page, or the profile''s segment, region and owner. source and source_id find the record again, feedback_id leads to v_quotes. Every brand and origin, since it is what this one customer did'
