---
id: topic_incident
title: {en: A topic is spoken of far more than usual, zh: 某一话题的反馈异常增多}
why:
  en: Many customers speak of one thing at once. Find the common cause before answering them one by one.
  zh: 大量客户同时反映同一问题。请先找到共同原因，再逐一答复。
severity: high
every: 1m
cooldown: 6h
parameters:
  minutes: 10
  feedback_min: 10
  chance_max: 0.00001
---
-- The last minutes against the week before: so much genuine feedback of one topic is next to impossible by chance, and its share of all rose too, since at
-- noon there is more of everything. v_incidents judges by hours and days, against the same hour of eight weeks.
WITH
    spoken AS
    (
        SELECT
            feedback_id, toString(brand) AS said_of, arrayDistinct(aspects.topic) AS topics, ifNull(sentiment_score, 0) AS felt,
            occurred_at > {as_of:DateTime('UTC')} - toIntervalMinute({minutes:UInt32}) AS is_now
        FROM v_feedback
        WHERE own AND origin = 'genuine' AND time_precision IN ('second', 'minute')
            AND occurred_at > {as_of:DateTime('UTC')} - toIntervalDay(7) AND occurred_at <= {as_of:DateTime('UTC')}
    ),
    everything AS
    (
        SELECT said_of AS of_brand, countIf(is_now) AS all_x, countIf(NOT is_now) AS all_before FROM spoken GROUP BY of_brand
    ),
    counted AS
    (
        SELECT
            said_of, toString(said_topic) AS said_key,
            countIf(is_now) AS x,
            countIf(NOT is_now) AS before,
            intDiv(7 * 1440, {minutes:UInt32}) - 1 AS cells,
            groupArrayIf(10000)((felt, feedback_id), is_now) AS said
        FROM spoken
        ARRAY JOIN topics AS said_topic
        GROUP BY said_of, said_key
        HAVING x >= {feedback_min:UInt32} AND hearken_tail(x, before, cells) < {chance_max:Float64}
    )
SELECT
    CAST(arrayMin(incident.6).2, 'Nullable(UUID)') AS feedback_id,
    'topic' AS subject_kind,
    concat(said_of, '/', incident.2) AS subject,
    {as_of:DateTime('UTC')}::DateTime64(3, 'UTC') AS occurred_at,
    said_of AS brand,
    incident.2 AS topic,
    map('feedback', toString(-incident.1), 'minutes', toString({minutes:UInt32}), 'usual', toString(round(incident.3 / incident.4, 2))) AS detail
FROM
(
    SELECT
        said_of,
        arraySort(groupArray((-toInt64(x), said_key, before, cells, said.2, said))) AS found,
        -- One event is told of once: what is mostly the same feedback as something larger is left out.
        arrayJoin(arrayFilter(
            (one, place) -> NOT arrayExists(
                larger -> 2 * length(arrayIntersect(larger.5, one.5)) > length(one.5), arraySlice(found, 1, place - 1)
            ),
            found, arrayEnumerate(found)
        )) AS incident
    FROM counted
    INNER JOIN everything ON everything.of_brand = counted.said_of
    WHERE ifNull(hearken_share_low(x, all_x) > if(all_before > 0, before / all_before, 0), false)
    GROUP BY said_of
)
