CREATE OR REPLACE VIEW v_journey
AS SELECT
    day,
    brand,
    journey_stage,
    sum(j.said) AS n,
    sum(j.left_out) AS excluded,
    sum(j.judged_here) AS judged,
    sum(j.negative_here) AS negative,
    sum(j.positive_here) AS positive,
    hearken_net(positive, negative, judged) AS net_sentiment,
    hearken_net_low(positive, negative, judged) AS net_sentiment_low,
    hearken_net_high(positive, negative, judged) AS net_sentiment_high,
    sum(j.visits_here) AS visits,
    sum(j.visitors_here) AS visitors,
    sum(j.bounces_here) AS bounces,
    if(visits > 0, bounces / visits, NULL) AS bounce_rate,
    hearken_share_low(bounces, visits) AS bounce_low,
    hearken_share_high(bounces, visits) AS bounce_high,
    sum(j.known_here) AS known_visits,
    sum(j.orders_here) AS orders,
    sum(j.converted_here) AS converted,
    if(known_visits > 0, converted / known_visits, NULL) AS conversion,
    hearken_share_low(converted, known_visits) AS conversion_low,
    hearken_share_high(converted, known_visits) AS conversion_high
FROM
(
    SELECT
        day,
        brand,
        journey_stage,
        v.n AS said,
        v.excluded AS left_out,
        v.judged AS judged_here,
        v.negative AS negative_here,
        v.positive AS positive_here,
        0 AS visits_here,
        0 AS visitors_here,
        0 AS bounces_here,
        0 AS known_here,
        0 AS orders_here,
        0 AS converted_here
    FROM v_journey_voices AS v
    UNION ALL
    SELECT
        day,
        brand,
        journey_stage,
        0 AS said,
        0 AS left_out,
        0 AS judged_here,
        0 AS negative_here,
        0 AS positive_here,
        uniqExact(s.source, s.visit_id) AS visits_here,
        uniqExact(s.visitor) AS visitors_here,
        uniqExactIf((s.source, s.visit_id), s.bounced) AS bounces_here,
        uniqExactIf((s.source, s.visit_id), s.known) AS known_here,
        uniqExact(s.order_id) AS orders_here,
        uniqExactIf((s.source, s.visit_id), s.converted) AS converted_here
    FROM v_visit_steps AS s
    GROUP BY day, brand, journey_stage
) AS j
GROUP BY day, brand, journey_stage
COMMENT 'The journey of the own brands by day of the brand''s own time zone and stage (the seven, and unmapped): what was said there (n voices: an aspect at its own touchpoint, a record without aspects at its own; net_sentiment = (positive - negative) / judged) beside what was done there: visits, visitors (customers where known, else devices), bounces and bounce_rate = bounces / visits; known_visits are of known customers, converted those of them with an order of the brand within 24 hours, conversion = converted / known_visits, orders the different orders they led to, not cancelled or refunded by now. Intervals are of 95 % (adjusted Wald; Wilson for shares). A rate is NULL where there is nothing to divide by. Visits of two days are two: add rates up by their counts'
