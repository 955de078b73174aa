---
id: severe_negative_valued_customer
title: {en: A valued customer is very unhappy, zh: 高价值客户强烈不满}
why:
  en: A customer who orders often, or for much, complains severely. Call while it can still be mended.
  zh: 消费频繁或金额较高的客户表达了强烈不满。请趁还能挽回时主动联系。
severity: high
on: feedback
cooldown: 3d
parameters:
  tiers: [champion, loyal, promising]
---
SELECT
    feedback_id,
    map('tier', tier, 'sentiment_score', ifNull(toString(round(sentiment_score, 2)), '')) AS detail
FROM news
WHERE has({tiers:Array(String)}, tier)
    AND ifNull(sentiment, '') = 'negative'
    AND hearken_severe(sentiment, sentiment_score, intents.kind)
    -- A chat that ended well has resolved itself.
    AND NOT ifNull(resolved, false)
