---
id: staff_attitude_complaint
title: {en: Complaint about how staff behaved, zh: 投诉员工态度}
why:
  en: A person was treated badly, not a product. Apologise in person and hear the colleague as well.
  zh: 客户投诉的是人而不是产品。请当面致歉，并听取当事员工的说明。
severity: medium
on: feedback
cooldown: 7d
parameters:
  score_max: -0.3
---
SELECT
    feedback_id,
    worst.3 AS span_start,
    worst.4 AS span_end,
    map('topic', toString(worst.2)) AS detail
FROM
(
    SELECT
        feedback_id,
        arraySort(arrayMap(
            aspect -> (aspect.4, aspect.2, aspect.5, aspect.6),
            arrayFilter(
                aspect -> aspect.1 = 'staff_attitude' AND aspect.3 = 'negative' AND aspect.4 <= {score_max:Float32},
                arrayZip(aspects.category, aspects.topic, aspects.polarity, aspects.score, aspects.start, aspects.end)
            )
        ))[1] AS worst
    FROM news
    -- Of somebody who praises on the whole it is a remark.
    WHERE has(aspects.category, 'staff_attitude') AND ifNull(sentiment, '') IN ('negative', 'mixed')
)
WHERE worst.1 < 0
