---
id: repeated_negatives
title: {en: Unhappy again and again, zh: 客户多次表达不满}
why:
  en: The same person was unhappy several times within weeks, so nothing that was tried has helped. Give it to one person who sees it through.
  zh: 同一客户在数周内多次表达不满，说明此前的处理没有奏效。请指定专人跟进到底。
severity: high
on: feedback
cooldown: 14d
parameters:
  times: 3
  days: 30
---
WITH
    said AS
    (
        SELECT
            feedback_id, subject_kind, subject, occurred_at,
            if(isNull(customer_id), ifNull(author_key, ''), hearken_customer_key(customer_id, id_namespace)) AS name
        FROM news
        WHERE ifNull(sentiment, '') = 'negative' AND subject_kind != 'feedback'
    ),
    -- Everything that these people are called.
    names AS
    (
        SELECT subject, name FROM said
        UNION DISTINCT
        SELECT subject, subject AS name FROM said
        UNION DISTINCT
        SELECT customer_key AS subject, name FROM customer_names
        WHERE customer_key IN (SELECT subject FROM said WHERE subject_kind = 'customer')
    ),
    past AS
    (
        SELECT
            feedback_id AS past_id, occurred_at AS past_at,
            if(isNull(customer_id), ifNull(author_key, ''), hearken_customer_key(customer_id, id_namespace)) AS past_name
        FROM
        (
            SELECT * FROM feedback
            WHERE sign = 1 AND sentiment = 'negative' AND origin = 'genuine' AND dictGet('hearken.brand_by_name', 'own', brand)
                AND occurred_at > (SELECT min(occurred_at) FROM said) - toIntervalDay({days:UInt32})
                AND occurred_at <= (SELECT max(occurred_at) FROM said)
                AND (customer_id IN (SELECT arrayJoin([name, substring(name, position(name, '/') + 1)]) FROM names) OR author_key IN (SELECT name FROM names))
        ) AS f
        -- What v_feedback does before it looks at names; after that there are few left to ask about.
        LEFT ANTI JOIN (SELECT feedback_id AS old_id, version AS old_version FROM superseded) AS old
            ON old.old_id = f.feedback_id AND old.old_version = f.version
    )
SELECT
    feedback_id,
    map('negatives', toString(found), 'days', toString({days:UInt32})) AS detail
FROM
(
    SELECT
        said.feedback_id AS feedback_id,
        any(said.subject) AS subject,
        any(said.occurred_at) AS occurred_at,
        uniqExactIf(past.past_id, past.past_at <= said.occurred_at AND past.past_at > said.occurred_at - toIntervalDay({days:UInt32})) AS found
    FROM said
    INNER JOIN names ON names.subject = said.subject
    INNER JOIN past ON past.past_name = names.name
    GROUP BY said.feedback_id
)
WHERE found >= {times:UInt32}
ORDER BY occurred_at DESC, feedback_id
LIMIT 1 BY subject
