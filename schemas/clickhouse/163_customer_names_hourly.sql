CREATE MATERIALIZED VIEW IF NOT EXISTS customer_names_hourly
REFRESH EVERY 1 HOUR TO customer_names
AS SELECT DISTINCT customer_key, kind, name
FROM
(
    SELECT merge.merged_into AS customer_key, 'customer_id' AS kind, merge.merged_key AS name
    FROM (SELECT merged_into, customer_key AS merged_key FROM hearken.v_customer_merges) AS merge
    WHERE merge.merged_into != merge.merged_key
    UNION ALL
    SELECT ifNull(nullIf(merge.merged_into, ''), bearer.bearer_key) AS customer_key, 'handle' AS kind, bearer.alias_key AS name
    FROM (SELECT alias_key, customer_key AS bearer_key FROM hearken.v_identities WHERE alias_type = 'handle') AS bearer
    LEFT JOIN (SELECT customer_key AS merged_key, merged_into FROM hearken.v_customer_merges) AS merge ON merge.merged_key = bearer.bearer_key
)
ORDER BY customer_key, kind, name
COMMENT 'Fills customer_names every full hour, all at once; SYSTEM REFRESH VIEW hearken.customer_names_hourly does it now'
