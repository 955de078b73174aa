CREATE OR REPLACE VIEW v_action_effect
AS WITH
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
            action.action_id AS action_id,
            f.sign AS sign,
            f.occurred_at >= action.started_at AS later,
            (action.brand = '' OR action.brand = f.brand)
                AND (action.touchpoint = '' OR action.touchpoint = f.touchpoint)
                AND (empty(action.products) OR has(action.products, f.product))
                AND (empty(action.places) OR has(action.places, f.place)) AS inside,
            -- What is about one topic everywhere has no place left untouched: other topics are.
            action.everywhere OR NOT inside AS outside,
            if(action.topic = '', f.felt = 'positive', arrayExists((topic, polarity) -> topic = action.topic AND polarity = 'positive', f.topics, f.polarities)) AS praised,
            if(action.topic = '', f.felt = 'negative', arrayExists((topic, polarity) -> topic = action.topic AND polarity = 'negative', f.topics, f.polarities)) AS blamed,
            praised AND NOT blamed AS is_positive,
            blamed AND NOT praised AS is_negative,
            action.everywhere AND arrayExists((topic, polarity) -> topic != action.topic AND polarity = 'positive', f.topics, f.polarities) AS else_praised,
            action.everywhere AND arrayExists((topic, polarity) -> topic != action.topic AND polarity = 'negative', f.topics, f.polarities) AS else_blamed,
            if(action.everywhere, else_praised AND NOT else_blamed, is_positive) AS other_positive,
            if(action.everywhere, else_blamed AND NOT else_praised, is_negative) AS other_negative
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
                aspects.topic AS topics,
                aspects.polarity AS polarities
            FROM feedback
            WHERE origin = 'genuine' AND isNotNull(sentiment) AND dictGet('hearken.brand_by_name', 'own', brand)
                AND time_precision != 'unknown'
                AND occurred_at >= (SELECT min(started_at) - INTERVAL 28 DAY FROM actions)
                AND occurred_at < (SELECT max(started_at) + INTERVAL 28 DAY FROM actions)
                AND occurred_at <= {as_of:DateTime('UTC')}
        ) AS f
        CROSS JOIN
        (
            SELECT
                action_id,
                started_at,
                least(28, greatest(0, intDiv(dateDiff('second', started_at, {as_of:DateTime('UTC')}), 86400))) AS days,
                toString(topic) AS topic,
                toString(brand) AS brand,
                lowerUTF8(replaceRegexpAll(toString(touchpoint), '[ _-]', '')) AS touchpoint,
                if(product_id = '', [], arrayPushBack(dictGetDescendants('hearken.product_by_id', sipHash64(product_id), 0), sipHash64(product_id)))
                    AS products,
                if(store_id = '', [], arrayPushBack(dictGetDescendants('hearken.place_by_id', sipHash64(store_id), 0), sipHash64(store_id)))
                    AS places,
                topic != '' AND brand = '' AND touchpoint = '' AND empty(products) AND empty(places) AS everywhere
            FROM actions
        ) AS action
        WHERE f.occurred_at >= action.started_at - toIntervalDay(action.days) AND f.occurred_at < action.started_at + toIntervalDay(action.days)
    )
    GROUP BY action_id
) AS seen ON seen.action_id = a.action_id
COMMENT 'What came of each action: v_action_effect(as_of = ''2026-11-22 00:00:00''), UTC. As many days after its start as before it, 28 at most and none after as_of (days). The unit is genuine feedback of own brands that has words. before_net and after_net are (positive - negative) / n of what the action is about (scope), other_… the same of everything untouched. With a topic, a feedback is positive or negative as it speaks of that topic, neither where it does not or does both, else by its sentiment; untouched is the feedback of other places, products, touchpoints or brands, or of an action on one topic everywhere the other topics of the same feedback. effect = (after_net - before_net) - (other_after_net - other_before_net), with its 95 % interval; NULL where any n is 0. verdict: too early (fewer than 7 days, or 30 feedback in any of the four), better, worse, or no difference seen. Observational: what else changed at that time and place is in it too'
