CREATE OR REPLACE VIEW v_risk_at
AS WITH
    -- Somebody's silence is no feedback.
    toUUID('00000000-0000-0000-0000-000000000000') AS nobody,
    -- Brands of others, by which one that tempts is known.
    (SELECT groupArray(lowerUTF8(name)) FROM brands WHERE NOT own AND lengthUTF8(name) >= 2) AS rivals,
    pairs AS
    (
        SELECT DISTINCT pair.1 AS asked, pair.2 AS asked_at
        FROM (SELECT arrayJoin(arrayZip({customers:Array(String)}, {at:Array(DateTime64(3, 'UTC'))})) AS pair)
        WHERE asked != ''
        UNION ALL
        -- The empty name stands for everybody.
        SELECT customer_key AS asked, {at:Array(DateTime64(3, 'UTC'))}[1] AS asked_at FROM customer_standing WHERE has({customers:Array(String)}, '')
    ),
    names AS
    (
        SELECT asked AS of_customer, asked AS name FROM pairs
        UNION DISTINCT
        SELECT customer_key AS of_customer, name FROM customer_names WHERE customer_key IN (SELECT asked FROM pairs)
    )
SELECT
    customer_key,
    at,
    toFloat32(arraySum(parts) / 100) AS score,
    arrayReverseSort(reason -> (reason.2, reason.5, reason.4), arrayFilter(reason -> reason.2 > 0, arrayMap(
        (part, signal) -> (signal.1, toFloat32(part / 100), signal.2, signal.3, signal.4, signal.5, signal.6)::Tuple(
            reason String, contribution Float32, signal String, feedback_id UUID, at DateTime64(3, 'UTC'), span_start UInt32, span_end UInt32
        ),
        parts, signals
    ))) AS reasons,
    reasons[1].1 AS top_reason,
    toString(hearken_churn('version')) AS rules_version
FROM
(
    SELECT
        customer_key, at, signals,
        arrayMap(signal -> signal.7, signals) AS weights,
        arraySum(weights) AS total,
        -- In hundredths and downwards, so that they add up to the score to the last digit, and to no more than 100.
        arrayMap(weight -> toUInt32(floor(10000 * (1 - exp(-total / hearken_churn('saturation'))) * weight / total)), weights) AS parts
    FROM
    (
        SELECT
            said.customer_key AS customer_key,
            said.at AS at,
            maxIf(said.said_at, said.is_positive) AS relieved_at,
            arrayMap(
                signal -> (
                    signal.1, signal.2, signal.3, signal.4, signal.5, signal.6,
                    signal.7 * if(signal.2 != 'silence' AND relieved_at > signal.4, hearken_churn('relief'), 1)
                ),
                groupArrayArray(said.found)
            ) AS signals
        FROM
        (
            SELECT
                pairs.asked AS customer_key, pairs.asked_at AS at, voices.at AS said_at, voices.is_positive AS is_positive,
                arrayMap(
                    (signal, points) -> (
                        voices.reason, signal, voices.feedback_id, voices.at, voices.span_start, voices.span_end,
                        points * exp2(-dateDiff('millisecond', voices.at, pairs.asked_at) / 86400000 / hearken_churn('half_life_days'))
                    ),
                    voices.signals, voices.points
                ) AS found
            FROM
            (
                WITH
                    arraySort(
                        aspect -> (aspect.1::String = 'relationship', aspect.4, aspect.1::String, aspect.2::String),
                        arrayFilter(
                            aspect -> aspect.3 = 'negative',
                            arrayZip(aspects.category, aspects.topic, aspects.polarity, aspects.score, aspects.start, aspects.end)
                        )
                    )[1] AS worst,
                    arraySort(
                        want -> indexOf(['churn', 'legal_threat', 'safety'], want.1::String),
                        arrayFilter(want -> want.1 IN ('churn', 'legal_threat', 'safety'), arrayZip(intents.kind, intents.start, intents.end))
                    )[1] AS want,
                    ifNull(sentiment, '') = 'negative' AS is_negative,
                    -- One text is one voice: its strongest, at what it is about.
                    multiIf(
                        want.1 != '', toString(want.1),
                        NOT is_negative, '',
                        ifNull(sentiment_score <= -0.7, false) OR has(intents.kind, 'complaint'), 'severe_negative',
                        'negative'
                    ) AS voice,
                    if(want.3 > want.2, (want.2, want.3), (worst.5, worst.6)) AS span,
                    arrayExists(
                        (kind, value, best) -> ifNull(multiIf(kind = 'nps', value <= 6, kind = 'csat', value <= 0.4 * best, false), false),
                        answers.kind, answers.value, answers.scale_max
                    ) AS has_low_score,
                    arrayFilter(signal -> signal != '', [
                        voice,
                        if(has_low_score, 'low_score', ''),
                        if(ifNull(NOT resolved, false), 'unresolved', ''),
                        if(ifNull(effort, '') = 'high', 'high_effort', '')
                    ]) AS found
                SELECT
                    feedback_id,
                    name,
                    occurred_at AS at,
                    found AS signals,
                    -- What a chat settled itself weighs as what was made good later, but for the will to leave.
                    arrayMap(signal -> hearken_churn(signal) * if(signal != 'churn' AND ifNull(resolved, false), hearken_churn('relief'), 1), found) AS points,
                    hearken_churn_reason(text, toString(worst.1), notEmpty(rivals) AND multiSearchAny(lowerUTF8(text), rivals)) AS reason,
                    span.1 AS span_start,
                    span.2 AS span_end,
                    ifNull(sentiment, '') = 'positive' AS is_positive
                FROM
                (
                    SELECT *, if(isNull(customer_id), ifNull(author_key, ''), hearken_customer_key(customer_id, id_namespace)) AS name
                    FROM feedback
                    WHERE sign = 1 AND origin = 'genuine' AND dictGet('hearken.brand_by_name', 'own', brand)
                        AND occurred_at > arrayMin({at:Array(DateTime64(3, 'UTC'))}) - toIntervalDay(toUInt32(hearken_churn('window_days')))
                        AND occurred_at <= arrayMax({at:Array(DateTime64(3, 'UTC'))})
                        -- The ids alone first: light columns decide about most rows.
                        AND (
                            customer_id IN (SELECT arrayJoin([name, substring(name, position(name, '/') + 1)]) FROM names)
                            OR author_key IN (SELECT name FROM names)
                        )
                        AND if(isNull(customer_id), ifNull(author_key, ''), hearken_customer_key(customer_id, id_namespace)) IN (SELECT name FROM names)
                ) AS f
                LEFT ANTI JOIN (SELECT feedback_id AS old_id, version AS old_version FROM superseded) AS old
                    ON old.old_id = f.feedback_id AND old.old_version = f.version
            ) AS voices
            INNER JOIN names ON names.name = voices.name
            INNER JOIN pairs ON pairs.asked = names.of_customer
            WHERE voices.at <= pairs.asked_at AND voices.at > pairs.asked_at - toIntervalDay(toUInt32(hearken_churn('window_days')))
            UNION ALL
            SELECT
                customer_key, at, last_at AS said_at, false AS is_positive,
                [(
                    'unnamed', 'silence', nobody, last_at, toUInt32(0), toUInt32(0),
                    hearken_churn('silence') * least(greatest((dateDiff('second', last_at, at) / 86400 / assumeNotNull(usual_days) - 1.5) / 1.5, 0), 1)
                )] AS found
            FROM
            (
                SELECT
                    customer_key, at,
                    max(ordered_at) AS last_at,
                    arraySort(groupUniqArray(day)) AS days,
                    if(length(days) >= 3, arrayReduce('quantileExactInclusive(0.5)', arrayPopFront(arrayDifference(arrayMap(day -> toInt32(day), days)))), NULL)
                        AS usual_days
                FROM
                (
                    SELECT
                        pairs.asked AS customer_key, pairs.asked_at AS at, bought.order_id AS order_id,
                        argMax(bought.occurred_at, hearken_newest(bought.updated_at, bought.received_at, bought.src_offset)) AS ordered_at,
                        argMax(hearken_order_counts(bought.status), hearken_newest(bought.updated_at, bought.received_at, bought.src_offset)) AS counts,
                        argMax(
                            hearken_day(bought.occurred_at, bought.time_precision, bought.source, bought.brand),
                            hearken_newest(bought.updated_at, bought.received_at, bought.src_offset)
                        ) AS day
                    FROM
                    (
                        SELECT *, hearken_customer_key(customer_id, id_namespace) AS buyer FROM orders
                        WHERE dictGet('hearken.brand_by_name', 'own', brand)
                            AND customer_id IN (SELECT arrayJoin([name, substring(name, position(name, '/') + 1)]) FROM names)
                            AND buyer IN (SELECT name FROM names)
                    ) AS bought
                    INNER JOIN names ON names.name = bought.buyer
                    INNER JOIN pairs ON pairs.asked = names.of_customer
                    -- A state that it took later was not known then.
                    WHERE bought.updated_at <= pairs.asked_at AND bought.occurred_at <= pairs.asked_at
                    GROUP BY customer_key, at, order_id
                )
                WHERE counts
                GROUP BY customer_key, at
            )
            WHERE ifNull(usual_days, 0) > 0
        ) AS said
        GROUP BY customer_key, at
    )
    WHERE total > 0
)
COMMENT 'How likely customers look to go, each at a moment of its own: v_risk_at(customers = [''crm/C1'', ''crm/C2''], at = [''2026-11-22 10:00:00.000'', ''2026-11-22 11:00:00.000'']), at[i] being of customers[i]; a row a pair with a score above 0. v_churn_risk says what the columns mean'
