---
id: churn_intent
title: {en: A customer says they are leaving, zh: 客户表示要离开}
why:
  en: The customer says in so many words that they will not come back. Answer in person, today, and solve what made them say it.
  zh: 客户明确表示不会再来。请当天由专人联系，并解决其提出的问题。
severity: high
on: feedback
cooldown: 7d
parameters:
  confidence_min: 0.6
---
-- The words that say it, with the confidence that they mean it.
SELECT
    feedback_id,
    start AS span_start,
    end AS span_end,
    map('intent', 'churn', 'confidence', toString(round(confidence, 2))) AS detail
FROM
(
    SELECT
        feedback_id,
        arrayFirst(
            intent -> intent.1 = 'churn' AND intent.2 >= {confidence_min:Float32},
            arrayZip(`intents.kind`, `intents.confidence`, `intents.start`, `intents.end`)
        ) AS said,
        said.2 AS confidence,
        said.3 AS start,
        said.4 AS end
    FROM news
)
WHERE said.1 = 'churn'
