CREATE OR REPLACE VIEW v_products
AS WITH
    arrayMap(key -> dictGet('hearken.product_by_id', ('id', 'brand', 'category', 'name'), key), dictGetHierarchy('hearken.product_by_id', sipHash64(p.id))) AS up
SELECT
    p.id AS product_id,
    nullIf(p.name, '') AS name,
    nullIf(p.parent, '') AS parent,
    nullIf(arrayFirst(at -> at.2 != '', up).2, '') AS brand,
    nullIf(arrayFirst(at -> at.3 != '', up).3, '') AS category,
    arrayMap(at -> at.1, up) AS path
FROM products AS p
COMMENT 'Every product and group of products with the brand and the category nearest upwards, and the ids from the product to the top'
