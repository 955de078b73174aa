---
id: Churn Intent
title: {en: "", zh: 你好}
severity: worst
when: {every: 0s}
cooldown: -1h
parameters: {a: [1, 2]}
unknown: 1
---
SELECT subject FROM news WHERE {a:String} = {b:UInt8}; DROP TABLE x
