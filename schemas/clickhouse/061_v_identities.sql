CREATE OR REPLACE VIEW v_identities
AS WITH argMax(bearer, (since, bearer)) AS holder
SELECT
    alias_type,
    alias_key,
    if(holder.2 = '', holder.1, concat(holder.2, '/', holder.1)) AS customer_key,
    holder.1 AS customer_id,
    holder.2 AS id_namespace,
    max(since) AS claimed_since,
    count() AS claims
FROM
(
    SELECT
        claim.alias_type AS alias_type,
        claim.alias_key AS alias_key,
        (claim.customer_id, claim.id_namespace) AS bearer,
        -- The claim began with the oldest profile after the last one that lacks the name.
        arrayFilter(at -> NOT has(claim.held, at), profile.times) AS lacking,
        arrayMin(arrayFilter(at -> empty(lacking) OR at > arrayMax(lacking), claim.held)) AS since
    FROM
    (
        SELECT alias_type, alias_key, customer_id, id_namespace, groupUniqArray(valid_from) AS held
        FROM identities
        WHERE alias_type != 'customer_id' OR alias_key != if(id_namespace = '', customer_id, concat(id_namespace, '/', customer_id))
        GROUP BY alias_type, alias_key, customer_id, id_namespace
    ) AS claim
    INNER JOIN
    (
        -- The same newest profile as in v_customers: one dated ahead must not outlive the deletion that came after it.
        SELECT
            customer_id,
            id_namespace,
            groupUniqArray(updated_at) AS times,
            argMax((updated_at, deleted), (least(updated_at, received_at), updated_at)) AS newest,
            newest.1 AS last,
            newest.2 AS gone
        FROM customers
        GROUP BY customer_id, id_namespace
        HAVING NOT gone
    ) AS profile ON profile.customer_id = claim.customer_id AND profile.id_namespace = claim.id_namespace
    WHERE has(claim.held, profile.last)
)
GROUP BY alias_type, alias_key
COMMENT 'Who bears a name now: a customer whose newest profile has it and is not deleted. Of several claims the one that began last wins (claimed_since), of two of one moment the last by name; claims says how many there are. Ask for one alias_type where one is enough'
