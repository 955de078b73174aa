CREATE MATERIALIZED VIEW IF NOT EXISTS identities_from_customers TO identities
AS SELECT alias.1 AS alias_type, alias.2 AS alias_key, customer_id, id_namespace, updated_at AS valid_from
FROM customers
ARRAY JOIN arrayZip(aliases.type, aliases.key) AS alias
COMMENT 'Fills identities'
