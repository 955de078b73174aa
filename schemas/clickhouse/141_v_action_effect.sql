CREATE OR REPLACE VIEW v_action_effect
AS WITH
    -- One array a field, so that a feedback asks for those alone that it needs.
    (
        SELECT groupArray((
            action_id,
            started_at,
            toString(topic),
            toString(brand),
            lowerUTF8(replaceRegexpAll(toString(touchpoint), '[ _-]', '')),
            if(product_id = '', [], arrayPushBack(dictGetDescendants('hearken.product_by_id', sipHash64(product_id), 0), sipHash64(product_id))),
            if(store_id = '', [], arrayPushBack(dictGetDescendants('hearken.place_by_id', sipHash64(store_id), 0), sipHash64(store_id))),
            started_at - toIntervalDay(days),
            started_at + toIntervalDay(days)
        ))
        FROM
        (
            SELECT *, least(28, greatest(0, intDiv(dateDiff('second', started_at, {as_of:DateTime('UTC')}), 86400))) AS days
            FROM actions
            ORDER BY started_at, action_id
        )
    ) AS told,
    told.1 AS ids_of,
    told.2 AS starts_of,
    told.3 AS topics_of,
    told.4 AS brands_of,
    told.5 AS touchpoints_of,
    told.6 AS products_of,
    told.7 AS places_of,
    told.8 AS froms,
    told.9 AS untils,
    ifNull(seen.before_n, 0) AS n1, ifNull(seen.after_n, 0) AS n2, ifNull(seen.other_before_n, 0) AS n3, ifNull(seen.other_after_n, 0) AS n4
SELECT
    a.action_id AS action_id,
    a.what AS what,
    a.owner AS owner,
    a.started_at AS started_at,
    a.scope AS scope,
    a.days AS days,
    n1 AS before_n,
    hearken_net(seen.before_positive, seen.before_negative, n1) AS before_net,
    n2 AS after_n,
    hearken_net(seen.after_positive, seen.after_negative, n2) AS after_net,
    n3 AS other_before_n,
    hearken_net(seen.other_before_positive, seen.other_before_negative, n3) AS other_before_net,
    n4 AS other_after_n,
    hearken_net(seen.other_after_positive, seen.other_after_negative, n4) AS other_after_net,
    (after_net - before_net) - (other_after_net - other_before_net) AS effect,
    1.96 * sqrt(
        pow(hearken_net_se(seen.before_positive, seen.before_negative, n1), 2)
            + pow(hearken_net_se(seen.after_positive, seen.after_negative, n2), 2)
            + pow(hearken_net_se(seen.other_before_positive, seen.other_before_negative, n3), 2)
            + pow(hearken_net_se(seen.other_after_positive, seen.other_after_negative, n4), 2)
    ) AS margin,
    effect - margin AS effect_low,
    effect + margin AS effect_high,
    multiIf(
        a.days < 7 OR least(n1, n2, n3, n4) < 30, 'too early',
        ifNull(effect_low > 0, false), 'better',
        ifNull(effect_high < 0, false), 'worse',
        'no difference seen'
    ) AS verdict,
    a.note AS note
FROM
(
    SELECT
        *,
        toInt64(least(28, greatest(0, intDiv(dateDiff('second', started_at, {as_of:DateTime('UTC')}), 86400)))) AS days,
        arrayStringConcat(arrayMap(part -> concat(part.1, ' ', part.2), arrayFilter(part -> part.2 != '', [
            ('topic', toString(topic)), ('store', toString(store_id)), ('touchpoint', toString(touchpoint)),
            ('product', toString(product_id)), ('brand', toString(brand))
        ])), ', ') AS scope
    FROM actions
) AS a
LEFT JOIN
(
    SELECT
        action_id,
        sum(toInt64(inside AND NOT later) * sign) AS before_n,
        sum(toInt64(inside AND NOT later AND is_positive) * sign) AS before_positive,
        sum(toInt64(inside AND NOT later AND is_negative) * sign) AS before_negative,
        sum(toInt64(inside AND later) * sign) AS after_n,
        sum(toInt64(inside AND later AND is_positive) * sign) AS after_positive,
        sum(toInt64(inside AND later AND is_negative) * sign) AS after_negative,
        sum(toInt64(outside AND NOT later) * sign) AS other_before_n,
        sum(toInt64(outside AND NOT later AND other_positive) * sign) AS other_before_positive,
        sum(toInt64(outside AND NOT later AND other_negative) * sign) AS other_before_negative,
        sum(toInt64(outside AND later) * sign) AS other_after_n,
        sum(toInt64(outside AND later AND other_positive) * sign) AS other_after_positive,
        sum(toInt64(outside AND later AND other_negative) * sign) AS other_after_negative
    FROM
    (
        SELECT
            ids_of[at] AS action_id,
            sign,
            occurred_at >= starts_of[at] AS later,
            topics_of[at] AS topic,
            (brands_of[at] = '' OR brands_of[at] = brand)
                AND (touchpoints_of[at] = '' OR touchpoints_of[at] = touchpoint)
                AND (empty(products_of[at]) OR has(products_of[at], product))
                AND (empty(places_of[at]) OR has(places_of[at], place)) AS inside,
            -- What is about one topic everywhere has no place left untouched: other topics are.
            topic != '' AND brands_of[at] = '' AND touchpoints_of[at] = '' AND empty(products_of[at]) AND empty(places_of[at]) AS everywhere,
            everywhere OR NOT inside AS outside,
            if(topic = '', felt = 'positive', has(praised, topic)) AS is_praised,
            if(topic = '', felt = 'negative', has(blamed, topic)) AS is_blamed,
            is_praised AND NOT is_blamed AS is_positive,
            is_blamed AND NOT is_praised AS is_negative,
            length(praised) > is_praised AS else_praised,
            length(blamed) > is_blamed AS else_blamed,
            if(everywhere, else_praised AND NOT else_blamed, is_positive) AS other_positive,
            if(everywhere, else_blamed AND NOT else_praised, is_negative) AS other_negative
        FROM
        (
            SELECT
                sign,
                occurred_at,
                toString(brand) AS brand,
                lowerUTF8(replaceRegexpAll(ifNull(touchpoint, ''), '[ _-]', '')) AS touchpoint,
                sipHash64(ifNull(product_id, '')) AS product,
                sipHash64(ifNull(store_id, ifNull(region, ''))) AS place,
                ifNull(toString(sentiment), '') AS felt,
                arrayDistinct(arrayFilter((topic, polarity) -> polarity = 'positive', aspects.topic, aspects.polarity)) AS praised,
                arrayDistinct(arrayFilter((topic, polarity) -> polarity = 'negative', aspects.topic, aspects.polarity)) AS blamed,
                arrayJoin(arrayFilter(at -> occurred_at >= froms[at] AND occurred_at < untils[at], arrayEnumerate(froms))) AS at
            FROM feedback
            WHERE origin = 'genuine' AND isNotNull(sentiment) AND dictGet('hearken.brand_by_name', 'own', brand)
                AND time_precision != 'unknown' AND occurred_at >= arrayMin(froms) AND occurred_at < arrayMax(untils)
        )
    )
    GROUP BY action_id
) AS seen ON seen.action_id = a.action_id
COMMENT 'What came of each action: v_action_effect(as_of = ''2026-11-22 00:00:00''), UTC. As many days after its start as before it, 28 at most and none after as_of (days). The unit is genuine feedback of own brands that has words. before_net and after_net are (positive - negative) / n of what the action is about (scope), other_… the same of everything untouched. With a topic, a feedback is positive or negative as it speaks of that topic, neither where it does not or does both, else by its sentiment; untouched is the feedback of other places, products, touchpoints or brands, or of an action on one topic everywhere the other topics of the same feedback. effect = (after_net - before_net) - (other_after_net - other_before_net), with its 95 % interval; NULL where any n is 0. verdict: too early (fewer than 7 days, or 30 feedback in any of the four), better, worse, or no difference seen. Observational: what else changed at that time and place is in it too'
