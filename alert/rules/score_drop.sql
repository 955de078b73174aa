---
id: score_drop
title: {en: A customer's score fell, zh: 客户评分明显下降}
why:
  en: The same customer answered the same question much worse than last time. Ask what happened in between.
  zh: 同一客户对同一问题的评分较上次明显下降。请了解期间发生了什么。
severity: medium
on: feedback
cooldown: 30d
parameters:
  drop_min: 0.3
  days: 365
---
-- The share of its scale that a score fell by, against the last one of the same metric, scale, direction and kind of survey.
WITH
    said AS
    (
        SELECT
            feedback_id, subject, occurred_at, ifNull(survey_kind, '') AS kind,
            hearken_customer_key(customer_id, id_namespace) AS name,
            answer.1 AS metric, answer.2 AS value, if(answer.1 = 'nps', 10, answer.3) AS best, ifNull(answer.4, '') AS direction
        FROM news
        ARRAY JOIN arrayZip(answers.kind, answers.value, answers.scale_max, answers.direction) AS answer
        WHERE channel = 'survey' AND subject_kind = 'customer' AND answer.1 IN ('nps', 'csat', 'ces')
            AND ifNull(answer.2 BETWEEN 0 AND if(answer.1 = 'nps', 10, answer.3), false)
    ),
    names AS
    (
        SELECT subject, name FROM said WHERE name != ''
        UNION DISTINCT
        SELECT subject, subject AS name FROM said
        UNION DISTINCT
        SELECT customer_key AS subject, name FROM customer_names WHERE customer_key IN (SELECT subject FROM said)
    ),
    past AS
    (
        SELECT
            past_id, past_at, past_kind, past_name,
            answer.1 AS past_metric, answer.2 AS past_value, if(answer.1 = 'nps', 10, answer.3) AS past_best, ifNull(answer.4, '') AS past_direction
        FROM
        (
            SELECT
                feedback_id AS past_id, occurred_at AS past_at, ifNull(survey_kind, '') AS past_kind,
                if(isNull(customer_id), ifNull(author_key, ''), hearken_customer_key(customer_id, id_namespace)) AS past_name,
                arrayZip(answers.kind, answers.value, answers.scale_max, answers.direction) AS given
            FROM
            (
                SELECT * FROM feedback
                WHERE sign = 1 AND channel = 'survey' AND origin = 'genuine' AND dictGet('hearken.brand_by_name', 'own', brand)
                    AND occurred_at >= (SELECT min(occurred_at) FROM said) - toIntervalDay({days:UInt32})
                    AND occurred_at < (SELECT max(occurred_at) FROM said)
                    AND (customer_id IN (SELECT arrayJoin([name, substring(name, position(name, '/') + 1)]) FROM names) OR author_key IN (SELECT name FROM names))
            ) AS f
            -- What v_feedback does before it looks at names; after that there are few left to ask about.
            LEFT ANTI JOIN (SELECT feedback_id AS old_id, version AS old_version FROM superseded) AS old
                ON old.old_id = f.feedback_id AND old.old_version = f.version
        )
        ARRAY JOIN given AS answer
        WHERE answer.1 IN ('nps', 'csat', 'ces') AND isNotNull(answer.2)
    )
SELECT
    feedback_id,
    map('metric', metric, 'before', toString(assumeNotNull(last.2)), 'now', toString(assumeNotNull(value)), 'scale', toString(assumeNotNull(best))) AS detail
FROM
(
    SELECT
        said.feedback_id AS feedback_id, said.subject AS subject, said.occurred_at AS occurred_at,
        toString(said.metric) AS metric, said.value AS value, said.best AS best, said.direction AS direction,
        argMax((past.past_at, past.past_value), (past.past_at, past.past_id)) AS last
    FROM said
    INNER JOIN names ON names.subject = said.subject
    INNER JOIN past ON past.past_name = names.name
    WHERE past.past_at < said.occurred_at AND past.past_at >= said.occurred_at - toIntervalDay({days:UInt32})
        AND past.past_metric = said.metric AND past.past_best = said.best AND past.past_direction = said.direction AND past.past_kind = said.kind
    GROUP BY feedback_id, subject, occurred_at, metric, value, best, direction
)
-- Of effort asked for as such, more is worse.
WHERE ifNull(if(direction = 'effort', value - last.2, last.2 - value) / best >= {drop_min:Float32}, false)
ORDER BY occurred_at DESC, feedback_id
LIMIT 1 BY subject
