CREATE OR REPLACE VIEW v_coverage
AS SELECT
    brand,
    journey_stage,
    touchpoint,
    dictGet('hearken.touchpoint_by_name', 'department', lowerUTF8(replaceRegexpAll(touchpoint, '[ _-]', ''))) AS department,
    feedback,
    mentions,
    survey_answers,
    visits,
    if(of_any, latest, NULL) AS last_at,
    of_any::Bool AS measured
FROM
(
    SELECT
        brand,
        journey_stage,
        touchpoint,
        sum(m.records) AS feedback,
        sum(m.aspects) AS mentions,
        sum(m.answers) AS survey_answers,
        sum(m.events) AS visits,
        max(m.at) AS latest,
        feedback > 0 OR mentions > 0 OR survey_answers > 0 OR visits > 0 AS of_any,
        count() OVER (PARTITION BY brand, journey_stage) AS of_stage
    FROM
    (
        SELECT
            toString(f.brand) AS brand,
            hearken_stage(f.touchpoint) AS journey_stage,
            hearken_touchpoint(f.touchpoint) AS touchpoint,
            sum(toInt64(f.sign)) AS records,
            0 AS aspects,
            sum(f.sign * toInt64(length(f.answers.kind))) AS answers,
            0 AS events,
            -- Nothing was said after it was received, whatever its source's clock says.
            maxIf(least(f.occurred_at, f.received_at), f.sign = 1) AS at
        FROM feedback AS f
        WHERE f.origin = 'genuine' AND dictGet('hearken.brand_by_name', 'own', f.brand)
        GROUP BY brand, journey_stage, touchpoint
        UNION ALL
        SELECT
            toString(f.brand) AS brand,
            hearken_stage(told_of) AS journey_stage,
            hearken_touchpoint(told_of) AS touchpoint,
            0 AS records,
            sum(toInt64(f.sign)) AS aspects,
            0 AS answers,
            0 AS events,
            maxIf(least(f.occurred_at, f.received_at), f.sign = 1) AS at
        FROM feedback AS f
        ARRAY JOIN f.aspects.touchpoint AS told_of
        WHERE f.origin = 'genuine' AND isNotNull(told_of) AND dictGet('hearken.brand_by_name', 'own', f.brand)
        GROUP BY brand, journey_stage, touchpoint
        UNION ALL
        SELECT
            toString(v.brand) AS brand,
            hearken_stage(v.touchpoint) AS journey_stage,
            hearken_touchpoint(v.touchpoint) AS touchpoint,
            0 AS records,
            0 AS aspects,
            0 AS answers,
            toInt64(uniqExact(v.source, v.visit_id)) AS events,
            max(least(v.occurred_at, v.received_at)) AS at
        FROM visits AS v
        WHERE dictGet('hearken.brand_by_name', 'own', v.brand)
        GROUP BY brand, journey_stage, touchpoint
        UNION ALL
        -- What the company says it has, and every stage, measured or not.
        SELECT b.name AS brand, t.of_stage AS journey_stage, t.name AS touchpoint, 0, 0, 0, 0, toDateTime64(0, 3, 'UTC')
        FROM brands AS b
        CROSS JOIN
        (
            SELECT toString(stage) AS of_stage, name FROM touchpoints WHERE own
            UNION ALL
            SELECT arrayJoin(['awareness', 'discovery', 'interest', 'consideration', 'action', 'use', 'advocacy']) AS of_stage, '' AS name
        ) AS t
        WHERE b.own
    ) AS m
    GROUP BY brand, journey_stage, touchpoint
)
WHERE of_any OR touchpoint != '' OR (of_stage = 1 AND journey_stage != 'unmapped')
COMMENT 'Where the own brands are measured at all: a row per brand and touchpoint that the company''s catalog lists or that anything came from (its stage is unmapped where no catalog knows it), and for a stage that has none a row with an empty touchpoint, so that what nobody measures shows. feedback are genuine records from there, mentions aspects told of it, survey_answers the answers in those records, visits the visits that came there; last_at the last of them, by the clock of whoever received it where that is earlier, NULL where measured is false. Of all time: filter last_at'
