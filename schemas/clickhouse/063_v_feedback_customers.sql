CREATE OR REPLACE VIEW v_feedback_customers
AS SELECT
    * EXCEPT (named_key, bearer_key, bearer_id, bearer_namespace, merged_key, merged_id, merged_namespace),
    multiIf(merged_key != '', 'merge', named_key != '', 'customer_id', bearer_key != '', 'handle', NULL) AS resolved_by,
    nullIf(multiIf(merged_key != '', merged_key, named_key != '', named_key, bearer_key), '') AS resolved_customer_key,
    nullIf(multiIf(merged_key != '', merged_id, named_key != '', ifNull(customer_id, ''), bearer_id), '') AS resolved_customer_id,
    multiIf(merged_key != '', merged_namespace, named_key != '', toString(id_namespace), bearer_namespace) AS resolved_id_namespace
FROM
(
    -- No name on the right of a join may be one of v_feedback's: both would get prefixes then.
    SELECT
        f.*,
        ifNull(bearer.bearer, '') AS bearer_key,
        ifNull(bearer.id, '') AS bearer_id,
        ifNull(bearer.namespace, '') AS bearer_namespace,
        ifNull(merge.merged_into, '') AS merged_key,
        ifNull(merge.merged_into_id, '') AS merged_id,
        ifNull(merge.merged_into_namespace, '') AS merged_namespace
    FROM
    (
        SELECT
            *,
            multiIf(isNull(customer_id), '', id_namespace = '', ifNull(customer_id, ''), concat(id_namespace, '/', ifNull(customer_id, '')))
                AS named_key
        FROM v_feedback
    ) AS f
    LEFT JOIN
    (
        SELECT alias_key, customer_key AS bearer, customer_id AS id, id_namespace AS namespace FROM v_identities WHERE alias_type = 'handle'
    ) AS bearer ON bearer.alias_key = if(f.named_key = '', ifNull(f.author_key, ''), '')
    LEFT JOIN v_customer_merges AS merge
        ON merge.customer_key = if(f.named_key = '', ifNull(bearer.bearer, ''), f.named_key)
)
COMMENT 'Every feedback in its newest state with the customer it is from: resolved_by says whether by the id it names (customer_id), by a profile that claims its author''s handle (handle), or because that customer was merged into another (merge). Asked anew at every query, so a merge re-attributes history and un-merging undoes it; NULL where nobody is known'
