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
WITH said AS
(
    SELECT
        feedback_id, brand, channel, simhash, text, toStartOfHour(occurred_at) AS hour,
        arrayFirst(
            intent -> intent.1 = 'churn' AND intent.2 >= {confidence_min:Float32},
            arrayZip(intents.kind, intents.confidence, intents.start, intents.end)
        ) AS leaving
    FROM news
    WHERE has(intents.kind, 'churn')
)
SELECT
    feedback_id,
    leaving.3 AS span_start,
    leaving.4 AS span_end,
    map('confidence', toString(round(leaving.2, 2))) AS detail
FROM said
WHERE leaving.1 = 'churn'
    -- The same long words from many within the hour are an incident, not customers who leave one by one.
    AND NOT (length(text) >= 36 AND arrayExists(
        crowd -> crowd.1 = hour AND crowd.2 = brand AND crowd.3 = channel AND has(hearken_quarters(simhash), crowd.4),
        (
            SELECT groupArray((hour, toString(brand), toString(channel), quarter)) FROM v_crowds
            WHERE (hour, brand, channel) IN (SELECT hour, brand, channel FROM said)
        )
    ))
