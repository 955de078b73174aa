CREATE OR REPLACE VIEW v_visit_steps
AS SELECT
    step.day AS day,
    step.brand AS brand,
    step.journey_stage AS journey_stage,
    step.touchpoint AS touchpoint,
    step.source AS source,
    step.visit_id AS visit_id,
    step.began_at AS began_at,
    step.bounced::Bool AS bounced,
    step.visitor AS visitor,
    nullIf(step.customer, '') AS customer_key,
    (step.customer != '')::Bool AS known,
    (step.customer != '' AND ifNull(placed.p_order, '') != '' AND ifNull(dateDiff('second', step.began_at, placed.p_at), 86400) < 86400)::Bool
        AS converted,
    if(converted, placed.p_order, NULL) AS order_id
FROM
(
    SELECT
        hearken_day(v.occurred_at, v.time_precision, v.source, v.brand) AS day,
        v.brand AS brand,
        hearken_stage(v.touchpoint) AS journey_stage,
        hearken_touchpoint(v.touchpoint) AS touchpoint,
        v.source AS source,
        v.visit_id AS visit_id,
        min(v.occurred_at) AS began_at,
        max(v.event = 'bounce') AS bounced,
        max(if(isNull(v.customer_id), '', if(v.id_namespace = '', '', concat(v.id_namespace, '/')) || ifNull(v.customer_id, ''))) AS customer,
        nullIf(if(customer != '', concat('customer ', customer), max(if(isNull(v.visitor_id), '', concat(v.source, ' ', v.visitor_id)))), '')
            AS visitor
    FROM visits AS v
    WHERE dictGet('hearken.brand_by_name', 'own', v.brand)
    GROUP BY day, brand, journey_stage, touchpoint, source, visit_id
) AS step
ASOF LEFT JOIN
(
    -- A visit to pages of no brand may lead to an order of any.
    SELECT
        customer AS p_customer,
        arrayJoin(if(of_brand = '', [''], [of_brand, ''])) AS p_brand,
        ordered_at AS p_at,
        min(placed_order) AS p_order
    FROM
    (
        SELECT
            o.order_id AS placed_order,
            argMax(
                (
                    o.status,
                    o.occurred_at,
                    toString(o.brand),
                    if(isNull(o.customer_id), '', if(o.id_namespace = '', '', concat(o.id_namespace, '/')) || ifNull(o.customer_id, ''))
                ),
                (o.updated_at, o.received_at, o.src_offset, o.record_id)
            ) AS newest,
            newest.2 AS ordered_at,
            newest.3 AS of_brand,
            newest.4 AS customer
        FROM orders AS o
        GROUP BY placed_order
        HAVING newest.1 NOT IN ('cancelled', 'refunded') AND customer != ''
    )
    GROUP BY p_customer, p_brand, p_at
) AS placed ON placed.p_customer = step.customer AND placed.p_brand = step.brand AND placed.p_at >= step.began_at
COMMENT 'Every visit of the own brands once a day, brand and touchpoint that it came to: when it began there, whether it bounced there (an event bounce), who came (visitor: the customer where known, else the device; NULL where neither is) and the first order that the customer placed of the brand within 24 hours (of any brand where the page has none). converted is false where known is: shares are of known visits only. Orders that are cancelled or refunded by now do not count, so a visit may lose its order later. Day: the brand''s own time zone; a visit over midnight is there on both'
