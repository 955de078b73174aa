CREATE OR REPLACE VIEW v_kano
AS WITH
    -- The most frequent class; of equals the one whose lack hurts most: M, O, A, I, then R and Q.
    [('M', must_be), ('O', one_dimensional), ('A', attractive), ('I', indifferent), ('R', reverse), ('Q', questionable)] AS classes
SELECT
    brand,
    survey_id,
    feature,
    attractive + one_dimensional + must_be + indifferent + reverse + questionable AS n,
    attractive,
    one_dimensional,
    must_be,
    indifferent,
    reverse,
    questionable,
    if(n > 0, arrayFirst(class -> class.2 = arrayMax(classes.2), classes).1, NULL) AS category,
    attractive + one_dimensional + must_be + indifferent AS decided,
    if(decided > 0, (attractive + one_dimensional) / decided, NULL) AS better,
    if(decided > 0, -(one_dimensional + must_be) / decided, NULL) AS worse,
    text_metric,
    text_class,
    text_n,
    text_positive,
    text_negative,
    penalty,
    reward,
    text_agreement,
    excluded
FROM
(
    SELECT
        * EXCEPT (told),
        max(told.1) OVER (PARTITION BY brand, feature) AS text_metric,
        nullIf(max(told.2) OVER (PARTITION BY brand, feature), '') AS text_class,
        max(told.3) OVER (PARTITION BY brand, feature) AS text_n,
        max(told.4) OVER (PARTITION BY brand, feature) AS text_positive,
        max(told.5) OVER (PARTITION BY brand, feature) AS text_negative,
        max(told.6) OVER (PARTITION BY brand, feature) AS penalty,
        max(told.7) OVER (PARTITION BY brand, feature) AS reward,
        max(told.8) OVER (PARTITION BY brand, feature) AS text_agreement,
        max(asked) OVER (PARTITION BY brand, feature) AS ever_asked
    FROM
    (
        SELECT
            brand,
            survey_id,
            asked_feature AS feature,
            sumIf(signed, class = 'A') AS attractive,
            sumIf(signed, class = 'O') AS one_dimensional,
            sumIf(signed, class = 'M') AS must_be,
            sumIf(signed, class = 'I') AS indifferent,
            sumIf(signed, class = 'R') AS reverse,
            sumIf(signed, class = 'Q') AS questionable,
            sumIf(of_others, class != '') AS excluded,
            true AS asked,
            CAST((NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), 'Tuple(Nullable(String), Nullable(String), Nullable(UInt64), Nullable(UInt64), Nullable(UInt64), Nullable(Float64), Nullable(Float64), Nullable(Float64))') AS told
        FROM
        (
            SELECT
                toString(f.brand) AS brand,
                toString(ifNull(f.survey_id, '')) AS survey_id,
                if(f.origin = 'genuine', toInt64(f.sign), 0) AS signed,
                toInt64(f.sign) - signed AS of_others,
                arrayMap((value, kind, of) -> (value, toString(kind), toString(ifNull(of, ''))), f.answers.value, f.answers.kind, f.answers.feature)
                    AS pairs,
                arrayJoin(arrayDistinct(arrayMap(
                    answer -> answer.3, arrayFilter(answer -> startsWith(answer.2, 'kano_') AND answer.3 != '', pairs)
                ))) AS asked_feature,
                hearken_kano(
                    arrayFilter(answer -> answer.2 = 'kano_functional' AND answer.3 = asked_feature, pairs)[1].1,
                    arrayFilter(answer -> answer.2 = 'kano_dysfunctional' AND answer.3 = asked_feature, pairs)[1].1
                ) AS class
            FROM feedback AS f
            WHERE f.channel = 'survey' AND dictGet('hearken.brand_by_name', 'own', f.brand)
                AND hasAny(f.answers.kind, ['kano_functional', 'kano_dysfunctional'])
        )
        GROUP BY brand, survey_id, asked_feature
        HAVING sum(signed + of_others) > 0
        UNION ALL
        SELECT
            toString(k.brand) AS brand, '' AS survey_id, toString(k.feature) AS feature,
            0 AS attractive, 0 AS one_dimensional, 0 AS must_be, 0 AS indifferent, 0 AS reverse, 0 AS questionable, 0 AS excluded,
            false AS asked,
            -- Of several scores that the topic was held against, one that decides, then the one with most answers.
            argMax(
                (
                    toNullable(toString(k.metric)), toNullable(ifNull(toString(k.class), '')), toNullable(k.n), toNullable(k.positive),
                    toNullable(k.negative), toNullable(k.penalty), toNullable(k.reward), k.agreement
                ),
                (isNotNull(k.class), k.n, k.metric, k.survey_kind)
            ) AS told
        FROM
        (
            SELECT *, max(computed_at) OVER (PARTITION BY brand, metric, survey_kind) AS newest
            FROM text_kano
            WHERE dictGet('hearken.brand_by_name', 'own', brand)
        ) AS k
        WHERE k.computed_at = k.newest
        GROUP BY brand, feature
    )
)
WHERE asked OR NOT ever_asked
COMMENT 'Kano classes of features by surveys, and beside them by what customers write: a row per own brand, survey and feature. n is the genuine responses with both answers of a pair, counted by class; category the most frequent class, of equals the first of M, O, A, I, R, Q; NULL where n is 0. better = (A + O) / decided, worse = -(O + M) / decided, decided = A + O + M + I; NULL where that is 0. text_class is of the newest run of hearken insights: M, A, O or I by what negative and positive mentions of the topic of this name change in the score (penalty, reward, on a scale from 0 to 1), ''ceiling: undecided'' where over 70 % gave the best rating, NULL where mentions are too few or the bootstrap does not agree; text_agreement is the share of its draws that do. A topic no survey asks about has a row of its own with an empty survey_id and n 0'
