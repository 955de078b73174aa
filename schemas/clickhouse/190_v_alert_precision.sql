CREATE OR REPLACE VIEW v_alert_precision
AS SELECT
    rule,
    brand,
    sum(raised) AS alerts,
    sum(paging) AS paged,
    sum(opened) AS cases,
    sum(judged_) AS judged,
    sum(wrong) AS wrong_reason,
    sum(nobody) AS not_a_customer,
    judged - sum(mistaken) AS right_,
    if(judged > 0, right_ / judged, NULL) AS precision,
    hearken_share_low(right_, judged) AS precision_low,
    hearken_share_high(right_, judged) AS precision_high
FROM
(
    SELECT
        toString(rule) AS rule, toString(brand) AS brand, 1 AS raised, toInt64(paged) AS paging, 0 AS opened, 0 AS judged_, 0 AS wrong, 0 AS nobody,
        0 AS mistaken
    FROM (SELECT * FROM alerts ORDER BY alert_id, alert_at LIMIT 1 BY alert_id)
    WHERE alert_at >= {from:DateTime('UTC')} AND alert_at < {until:DateTime('UTC')}
    UNION ALL
    SELECT
        toString(rule) AS rule, toString(brand) AS brand, 0 AS raised, 0 AS paging, 1 AS opened,
        toInt64(wrong_reason OR not_a_customer OR isNotNull(first_response_at) AND state IN ('resolved', 'closed')) AS judged_,
        toInt64(wrong_reason) AS wrong, toInt64(not_a_customer) AS nobody, toInt64(wrong_reason OR not_a_customer) AS mistaken
    FROM v_cases
    WHERE opened_at >= {from:DateTime('UTC')} AND opened_at < {until:DateTime('UTC')}
)
GROUP BY rule, brand
COMMENT 'How often a rule was right, by what people said of its cases: v_alert_precision(from = ''2026-11-01 00:00:00'', until = ''2026-12-01 00:00:00''), UTC, until exclusive. A row per rule and brand. alerts raised in the window, paged of them at once; cases that it opened in the window, judged of them: somebody answered and resolved or closed them, or said that the reason is wrong (wrong_reason) or that it is no customer (not_a_customer). precision = right_ / judged with its 95 % Wilson interval, right_ being judged without those two; NULL where nothing was judged. Nobody is made to say that an alert was mistaken: read it as an upper bound. What a rule missed shows here not at all'
