CREATE OR REPLACE VIEW v_case_scores
AS WITH
    -- Student's t at 97.5 % by its expansion around 1.96, which is good to 2 % from four degrees of freedom.
    if(n >= 5, (1.96 + 2.3724 / (n - 1) + 2.8227 / pow(n - 1, 2)) * stddevSampStable(after - before) / sqrt(n), NULL) AS margin
SELECT
    metric,
    brand,
    survey_kind,
    scale,
    count() AS n,
    avg(before) AS before_mean,
    avg(after) AS after_mean,
    avg(after - before) AS difference,
    difference - margin AS difference_low,
    difference + margin AS difference_high,
    countIf(after > before) AS higher,
    countIf(after < before) AS lower_
FROM
(
    SELECT
        later.metric AS metric,
        later.brand AS brand,
        later.survey_kind AS survey_kind,
        later.scale AS scale,
        later.case_id AS case_id,
        toFloat64(later.value) AS after,
        toFloat64(argMax(earlier.value_before, (earlier.at_before, earlier.id_before))) AS before
    FROM
    (
        -- The first answer to the survey that a case asked for.
        SELECT
            a.metric AS metric,
            a.brand AS brand,
            a.survey_kind AS survey_kind,
            a.scale AS scale,
            c.case_id AS case_id,
            argMin(a.value, (a.at, a.id)) AS value,
            argMin(if(r.whom = '', c.named, r.whom), (a.at, a.id)) AS whom,
            any(c.said_at) AS said_at
        FROM
        (
            SELECT
                feedback_id AS id, toString(metric) AS metric, toString(brand) AS brand, toString(ifNull(survey_kind, '')) AS survey_kind, scale,
                assumeNotNull(value) AS value, occurred_at AS at
            FROM v_score_answers
            WHERE counts AND occurred_at >= {from:DateTime('UTC')} AND occurred_at < {until:DateTime('UTC')}
            GROUP BY id, metric, brand, survey_kind, scale, value, at
            HAVING sum(sign) > 0
        ) AS a
        INNER JOIN
        (
            SELECT feedback_id AS r_id, toUUIDOrZero(ifNull(case_id, '')) AS r_case, ifNull(resolved_customer_key, '') AS whom
            FROM v_feedback_customers
            WHERE channel = 'survey' AND isNotNull(case_id)
        ) AS r ON r.r_id = a.id
        INNER JOIN
        (
            SELECT case_id, min(occurred_at) AS said_at, any(ifNull(customer_key, '')) AS named FROM cases GROUP BY case_id
        ) AS c ON c.case_id = r.r_case
        GROUP BY metric, brand, survey_kind, scale, case_id
    ) AS later
    INNER JOIN
    (
        SELECT b.id AS id_before, b.metric AS metric_before, b.brand AS brand_before, b.kind AS kind_before, b.scale AS scale_before,
            b.value AS value_before, b.at AS at_before, w.whom AS whom_before
        FROM
        (
            SELECT
                feedback_id AS id, toString(metric) AS metric, toString(brand) AS brand, toString(ifNull(survey_kind, '')) AS kind, scale,
                assumeNotNull(value) AS value, occurred_at AS at
            FROM v_score_answers
            WHERE counts AND occurred_at < {until:DateTime('UTC')}
            GROUP BY id, metric, brand, kind, scale, value, at
            HAVING sum(sign) > 0
        ) AS b
        INNER JOIN
        (
            SELECT feedback_id AS w_id, assumeNotNull(resolved_customer_key) AS whom
            FROM v_feedback_customers
            WHERE channel = 'survey' AND isNotNull(resolved_customer_key)
        ) AS w ON w.w_id = b.id
    ) AS earlier
        ON earlier.metric_before = later.metric AND earlier.brand_before = later.brand AND earlier.kind_before = later.survey_kind
        AND earlier.scale_before = later.scale AND earlier.whom_before = later.whom
    WHERE earlier.at_before <= later.said_at AND earlier.at_before > later.said_at - INTERVAL 12 MONTH
    GROUP BY metric, brand, survey_kind, scale, case_id, after
)
GROUP BY metric, brand, survey_kind, scale
COMMENT 'The same customer''s score before a case and after it: v_case_scores(from = ''2026-11-01 00:00:00'', until = ''2026-12-01 00:00:00''), UTC, until exclusive. A pair is the first answer of the window that names the case (case_id of the response) and that customer''s last answer of the same metric, brand, kind of survey and scale in the 12 months before the words that opened the case. A row per metric (nps, csat, ces), brand, survey_kind and scale: n pairs, both means, difference = after - before with its 95 % interval (Student''s t over the pairs; NULL below 5), how many went higher and lower_. Means of answers, not a net score. Who does not answer is in no pair; a low score tends to be followed by a higher one without anybody''s doing'
