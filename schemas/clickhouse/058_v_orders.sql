CREATE OR REPLACE VIEW v_orders
AS SELECT *, dictGet('hearken.brand_by_name', 'own', brand)::Bool AS own
FROM orders
ORDER BY order_id DESC, updated_at DESC, received_at DESC, src_offset DESC, record_id DESC
LIMIT 1 BY order_id
COMMENT 'Every order once, in its newest state; of two states of one moment the one that was sent later counts. Reads every state of every order (in the table''s order): ask orders itself for a single one'
