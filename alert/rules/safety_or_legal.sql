---
id: safety_or_legal
title: {en: Danger or legal threat, zh: 人身安全或法律风险}
why:
  en: The customer tells of harm or threatens with the law, the authorities or the press. Secure what happened and answer before anybody else does.
  zh: 客户反映人身伤害，或表示要投诉至监管部门、媒体或诉诸法律。请先固定事实并立即回应。
severity: critical
urgent: true
on: feedback
cooldown: 1d
parameters:
  confidence_min: 0.5
---
SELECT
    feedback_id,
    danger.3 AS span_start,
    danger.4 AS span_end,
    map('intent', toString(danger.1), 'confidence', toString(round(danger.2, 2))) AS detail
FROM
(
    SELECT
        feedback_id,
        arrayFirst(
            intent -> intent.1 IN ('safety', 'legal_threat') AND intent.2 >= {confidence_min:Float32},
            arraySort(intent -> intent.1 != 'safety', arrayZip(intents.kind, intents.confidence, intents.start, intents.end))
        ) AS danger
    FROM news
    WHERE hasAny(intents.kind, ['safety', 'legal_threat'])
)
WHERE danger.1 != ''
