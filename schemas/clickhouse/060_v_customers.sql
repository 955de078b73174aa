CREATE OR REPLACE VIEW v_customers
AS SELECT
    if(id_namespace = '', customer_id, concat(id_namespace, '/', customer_id)) AS customer_key,
    customer_id,
    id_namespace,
    updated_at,
    source,
    segment,
    region,
    owner,
    consent_contact,
    status
FROM
(
    -- A profile cannot be newer than its arrival: one dated ahead must not outlive the deletion that came after it.
    SELECT * FROM customers ORDER BY customer_id DESC, id_namespace DESC, least(updated_at, received_at) DESC, updated_at DESC LIMIT 1 BY customer_id, id_namespace
)
WHERE NOT deleted
COMMENT 'Every customer once, by the newest profile; deleted ones are left out, and so is every personal column. A profile that was merged into another is still a row: v_customer_merges says into which'
