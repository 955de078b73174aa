---
id: silence_after_complaint
title: {en: Silent since complaining, zh: 投诉后再无音讯}
why:
  en: A customer who used to order complained and was not seen again for twice as long as usual. This is how customers leave without a word.
  zh: 客户投诉之后，已有两倍于平时购买间隔的时间没有下单、到访或反馈，可能正在无声流失。
severity: medium
every: 1h
cooldown: 30d
parameters:
  times_interval: 2
  days_max: 120
---
-- Looks at each complaint on the day when its time is up, and back no further than days_max.
WITH
    due AS
    (
        SELECT
            complaint.feedback_id AS feedback_id, complaint.occurred_at AS complained_at,
            ifNull(nullIf(called.called_key, ''), complaint.name) AS customer,
            standing.usual_days AS usual_days,
            complained_at + toIntervalSecond(toUInt64(usual_days * 86400 * {times_interval:Float32})) AS due_at
        FROM
        (
            SELECT
                feedback_id, occurred_at,
                if(isNull(customer_id), ifNull(author_key, ''), hearken_customer_key(customer_id, id_namespace)) AS name
            FROM v_feedback
            WHERE own AND origin = 'genuine' AND sentiment = 'negative' AND hearken_severe(sentiment, sentiment_score, intents.kind)
                AND occurred_at > {as_of:DateTime('UTC')} - toIntervalDay({days_max:UInt32}) AND occurred_at <= {as_of:DateTime('UTC')}
                AND (isNotNull(customer_id) OR isNotNull(author_key))
        ) AS complaint
        LEFT JOIN (SELECT name AS called_name, customer_key AS called_key FROM customer_names) AS called ON called.called_name = complaint.name
        INNER JOIN
        (
            SELECT customer_key AS usual_key, assumeNotNull(interval_days) AS usual_days
            FROM customer_standing WHERE isNotNull(interval_days) AND NOT has_ended
        ) AS standing ON standing.usual_key = ifNull(nullIf(called.called_key, ''), complaint.name)
        WHERE due_at <= {as_of:DateTime('UTC')} AND due_at > {as_of:DateTime('UTC')} - toIntervalDay(1)
        ORDER BY complained_at DESC, feedback_id
        LIMIT 1 BY customer
    ),
    -- A row for everything that the customer is called.
    named AS
    (
        SELECT due.*, arrayJoin(arrayPushBack(others.names, due.customer)) AS name
        FROM due
        LEFT JOIN (SELECT customer_key AS others_key, groupArray(name) AS names FROM customer_names GROUP BY others_key) AS others
            ON others.others_key = due.customer
    ),
    seen AS
    (
        SELECT seen_name, max(seen_at) AS last_at
        FROM
        (
            SELECT hearken_customer_key(customer_id, id_namespace) AS seen_name, occurred_at AS seen_at FROM orders
            UNION ALL
            SELECT hearken_customer_key(customer_id, id_namespace) AS seen_name, occurred_at AS seen_at FROM visits
            UNION ALL
            SELECT if(isNull(customer_id), ifNull(author_key, ''), hearken_customer_key(customer_id, id_namespace)) AS seen_name, occurred_at AS seen_at
            FROM feedback WHERE sign = 1
        )
        WHERE seen_at > {as_of:DateTime('UTC')} - toIntervalDay({days_max:UInt32}) AND seen_at <= {as_of:DateTime('UTC')}
            AND seen_name IN (SELECT name FROM named)
        GROUP BY seen_name
    )
SELECT
    named.feedback_id AS feedback_id,
    -- What is told of is the silence: it begins to be one when its time is up.
    any(named.due_at) AS occurred_at,
    any(map('usual_days', toString(round(named.usual_days, 1)), 'silent_days', toString(dateDiff('day', named.complained_at, {as_of:DateTime('UTC')}))))
        AS detail
FROM named
LEFT JOIN seen ON seen.seen_name = named.name
GROUP BY feedback_id
HAVING countIf(ifNull(seen.last_at > named.complained_at, false)) = 0
