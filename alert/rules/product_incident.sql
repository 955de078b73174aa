---
id: product_incident
title: {en: A product is complained of far more than usual, zh: 某一产品的差评异常增多}
why:
  en: One product draws negative feedback as it never does. Check the batch, the release and the page before more of it is sold.
  zh: 某一产品的负面反馈远超平时。请先检查批次、版本和商品页面，再继续销售。
severity: high
every: 1m
cooldown: 6h
parameters:
  minutes: 10
  feedback_min: 8
  chance_max: 0.00001
---
-- The last minutes against the week before: so much negative feedback about one product is next to impossible by chance, and the negative share of what is
-- said about it rose too.
WITH
    spoken AS
    (
        SELECT
            feedback_id, toString(brand) AS said_of, toString(assumeNotNull(product_id)) AS product, ifNull(sentiment, '') = 'negative' AS is_negative,
            ifNull(sentiment_score, 0) AS felt,
            occurred_at > {as_of:DateTime('UTC')} - toIntervalMinute({minutes:UInt32}) AS is_now
        FROM v_feedback
        WHERE own AND origin = 'genuine' AND isNotNull(product_id) AND isNotNull(sentiment) AND time_precision IN ('second', 'minute')
            AND occurred_at > {as_of:DateTime('UTC')} - toIntervalDay(7) AND occurred_at <= {as_of:DateTime('UTC')}
    ),
    counted AS
    (
        SELECT
            said_of, product AS said_key,
            countIf(is_now) AS all_x,
            countIf(is_now AND is_negative) AS x,
            countIf(NOT is_now) AS all_before,
            countIf(NOT is_now AND is_negative) AS before,
            intDiv(7 * 1440, {minutes:UInt32}) - 1 AS cells,
            groupArrayIf(10000)((felt, feedback_id), is_now AND is_negative) AS said
        FROM spoken
        GROUP BY said_of, said_key
        HAVING x >= {feedback_min:UInt32}
            AND hearken_tail(x, before, cells) < {chance_max:Float64}
            AND ifNull(hearken_share_low(x, all_x) > if(all_before > 0, before / all_before, 0), false)
    )
SELECT
    CAST(arrayMin(incident.6).2, 'Nullable(UUID)') AS feedback_id,
    'product' AS subject_kind,
    concat(said_of, '/', incident.2) AS subject,
    {as_of:DateTime('UTC')}::DateTime64(3, 'UTC') AS occurred_at,
    said_of AS brand,
    incident.2 AS product_id,
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
    GROUP BY said_of
)
