CREATE OR REPLACE VIEW v_indicators
AS WITH
    -- A weight that is none weighs nothing.
    (
        SELECT CAST((groupArray(id), groupArray((parent, if(isFinite(weight) AND weight > 0, weight, 0)))), 'Map(String, Tuple(String, Float64))')
        FROM (SELECT * FROM indicators ORDER BY loaded_at DESC, parent, name LIMIT 1 BY id)
    ) AS tree,
    -- From an indicator to the top, 17 steps at most; what is its own ancestor ends there.
    id -> arrayFold(
        (path, step) -> if(tree[path[-1]].1 = '' OR NOT mapContains(tree, tree[path[-1]].1) OR has(path, tree[path[-1]].1), path, arrayPushBack(path, tree[path[-1]].1)),
        range(16),
        [id]
    ) AS upwards,
    metric -> transform(metric, ['nps', 'net_sentiment', 'aspect_net', 'csat', 'ces', 'conversion', 'bounce_rate'], ['points', 'net', 'net', 'share', 'share', 'share', 'share lost'], '') AS unit_of
SELECT
    i.id AS id,
    i.parent AS parent,
    i.name AS name,
    toInt64(length(upwards(i.id))) - 1 AS level,
    i.weight AS weight,
    ifNull(node.of_metric, '') AS metric,
    if(metric = '' AND isNotNull(score), 'score', unit_of(metric)) AS unit,
    i.target AS target,
    if(metric = '', node.score, node.actual) AS actual,
    node.score AS score,
    actual - i.target AS gap,
    ifNull(node.coverage, 0) AS coverage,
    ifNull(node.n, 0) AS n
FROM (SELECT * FROM indicators ORDER BY loaded_at DESC, parent, name LIMIT 1 BY id) AS i
LEFT JOIN
(
    SELECT
        node,
        if(uniqExact(leaf_metric) = 1, any(leaf_metric), '') AS of_metric,
        sum(leaf_n) AS n,
        sumIf(part, measured) AS whole,
        if(whole > 0, sumIf(part * ifNull(leaf_score, 0), measured) / whole, NULL) AS score,
        if(whole > 0, sumIf(part * ifNull(leaf_actual, 0), measured) / whole, NULL) AS actual,
        round(sumIf(part_of_all, measured), 9) AS coverage
    FROM
    (
        -- What a leaf weighs in each of its ancestors: the product of the shares on the way.
        SELECT
            any(leaf_metric) AS leaf_metric,
            any(leaf_n) AS leaf_n,
            any(leaf_actual) AS leaf_actual,
            any(leaf_score) AS leaf_score,
            any(measured) AS measured,
            arraySort(groupArray((depth, node, share, share_of_all))) AS way,
            arrayMap(at -> at.2, way) AS nodes,
            arrayMap(at -> arrayFold((product, below) -> product * below.3, arraySlice(way, 1, at.1 - 1), 1.), way) AS parts,
            arrayMap(at -> arrayFold((product, below) -> product * below.4, arraySlice(way, 1, at.1 - 1), 1.), way) AS parts_of_all
        FROM
        (
            SELECT
                *,
                sumIf(node_weight, is_first) OVER siblings AS of_all,
                sumIf(node_weight, is_first AND node_measured) OVER siblings AS of_measured,
                if(of_all > 0, node_weight / of_all, 0) AS share_of_all,
                if(node_measured AND of_measured > 0, node_weight / of_measured, 0) AS share
            FROM
            (
                SELECT
                    *,
                    node,
                    depth,
                    tree[node].1 AS node_parent,
                    tree[node].2 AS node_weight,
                    row_number() OVER (PARTITION BY node ORDER BY leaf) = 1 AS is_first,
                    max(measured) OVER (PARTITION BY node) AS node_measured
                FROM
                (
                    SELECT
                        l.id AS leaf,
                        any(l.metric) AS leaf_metric,
                        sum(ifNull(c.n, 0)) AS leaf_n,
                        leaf_n > 0 AND uniqExactIf(ifNull(c.kind, ''), ifNull(c.n, 0) > 0) = 1 AS measured,
                        hearken_net(sum(ifNull(c.wins, 0)), sum(ifNull(c.losses, 0)), leaf_n) AS net,
                        if(measured, if(leaf_metric = 'nps', 100 * net, net), NULL) AS leaf_actual,
                        multiIf(
                            leaf_metric IN ('nps', 'net_sentiment', 'aspect_net'), 50 * (net + 1),
                            leaf_metric = 'bounce_rate', 100 * (1 - net),
                            100 * net
                        ) AS leaf_score,
                        upwards(leaf) AS path
                    FROM
                    (
                        SELECT id, toString(metric) AS metric, toString(brand) AS brand, scope
                        FROM (SELECT * FROM indicators ORDER BY loaded_at DESC, parent, name LIMIT 1 BY id)
                        WHERE id NOT IN (SELECT parent FROM indicators)
                    ) AS l
                    LEFT JOIN hearken.v_indicator_cells(from = {from:DateTime('UTC')}, until = {until:DateTime('UTC')}) AS c
                        ON c.metric = l.metric AND (l.brand = '' OR c.brand = l.brand) AND arrayAll(
                            (key, wanted) -> multiIf(
                                key = 'touchpoint', c.cell[key] = hearken_touchpoint(wanted),
                                key = 'product_id', c.cell[key] = wanted OR dictIsIn('hearken.product_by_id', sipHash64(c.cell[key]), sipHash64(wanted)),
                                key = 'store_id', c.cell[key] = wanted OR dictIsIn('hearken.place_by_id', sipHash64(c.cell[key]), sipHash64(wanted)),
                                c.cell[key] = wanted
                            ),
                            mapKeys(l.scope),
                            mapValues(l.scope)
                        )
                    GROUP BY leaf
                )
                ARRAY JOIN path AS node, arrayEnumerate(path) AS depth
            )
            WINDOW siblings AS (PARTITION BY node_parent)
        )
        GROUP BY leaf
    )
    ARRAY JOIN nodes AS node, parts AS part, parts_of_all AS part_of_all
    GROUP BY node
) AS node ON node.node = i.id
COMMENT 'The tree of indicators of the table indicators in a window: v_indicators(from = ''2026-11-01 00:00:00'', until = ''2026-12-01 00:00:00''), until exclusive, both UTC. Of one without parts actual is its metric in its own unit (points: -100..100; net: -1..1; share: 0..1; share lost: 0..1, less is better) and score the same from 0 to 100. Of one with parts both are means of the parts by their weights, those without a value left out and the other weights raised to make 1; actual is the score (unit score) where the parts are of different metrics. gap = actual - target. coverage is the share of the weight below that has a value, n the sum of what was counted below. NULL and coverage 0 where nothing was counted, or where a scope takes in what must not be pooled: two kinds of survey for nps, two scales'
