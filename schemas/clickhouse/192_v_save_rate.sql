CREATE OR REPLACE VIEW v_save_rate
AS SELECT
    brand,
    rule,
    tier,
    contacted,
    count() AS alerted,
    countIf(outcome = 'too early') AS too_early,
    countIf(outcome = 'bought') AS bought,
    countIf(outcome = 'left') AS left_,
    countIf(outcome = 'unknown') AS unknown_,
    bought + left_ + unknown_ AS n,
    if(bought + left_ > 0, bought / (bought + left_), NULL) AS save_rate,
    hearken_share_low(bought, bought + left_) AS save_rate_low,
    hearken_share_high(bought, bought + left_) AS save_rate_high,
    if(n > 0, bought / n, NULL) AS bought_share,
    hearken_share_low(bought, n) AS bought_share_low,
    hearken_share_high(bought, n) AS bought_share_high
FROM hearken.v_alert_outcomes(from = {from:DateTime('UTC')}, until = {until:DateTime('UTC')}, as_of = {as_of:DateTime('UTC')}, days = {days:UInt16})
GROUP BY brand, rule, tier, contacted
COMMENT 'How many customers stayed after an alert: v_save_rate(from = ''2026-08-01 00:00:00'', until = ''2026-10-01 00:00:00'', as_of = ''2026-11-22 00:00:00'', days = 30), UTC; of the customers of v_alert_outcomes, each once, by its first alert. A row per brand, rule, tier and whether somebody spoke to the customer (contacted); those who were not stand beside. n = bought + left_ + unknown_, too_early apart. save_rate = bought / (bought + left_), of those who can be judged; bought_share = bought / n, of all; both with their 95 % Wilson interval, NULL where there is nobody. To pool rows, add up counts. Observational: whom somebody calls and whom nobody reaches differ in more than the call'
