CREATE OR REPLACE FUNCTION hearken_customer_key
-- One text for a customer's id and its namespace, as v_customers writes it; empty where there is no id.
AS (customer_id, id_namespace) -> multiIf(
    isNull(customer_id), '', id_namespace = '', ifNull(customer_id, ''), concat(id_namespace, '/', ifNull(customer_id, ''))
)
