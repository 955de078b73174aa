CREATE OR REPLACE VIEW v_score_changes
AS WITH
    metric IN ('nps', 'net_sentiment') AS is_net,
    if(metric = 'nps', 100, 1) AS unit,
    unit * if(is_net, hearken_net_se(wins, losses, n), hearken_share_se(wins, n)) AS se,
    unit * if(is_net, hearken_net_se(previous_wins, previous_losses, previous_n), hearken_share_se(previous_wins, previous_n)) AS previous_se,
    hearken_margin(se, previous_se) AS margin
SELECT
    metric,
    brand,
    survey_kind,
    scale,
    unit * if(is_net, hearken_net(wins, losses, n), if(n > 0, wins / n, NULL)) AS value,
    unit * if(is_net, hearken_net_low(wins, losses, n), hearken_share_low(wins, n)) AS low,
    unit * if(is_net, hearken_net_high(wins, losses, n), hearken_share_high(wins, n)) AS high,
    n,
    unit * if(is_net, hearken_net(previous_wins, previous_losses, previous_n), if(previous_n > 0, previous_wins / previous_n, NULL))
        AS previous,
    previous_n,
    value - previous AS change,
    change - margin AS change_low,
    change + margin AS change_high,
    ifNull(abs(change) > margin, false)::Bool AS significant
FROM
(
    SELECT
        metric,
        brand,
        survey_kind,
        scale,
        sumIf(s.counted, s.is_now) AS n,
        sumIf(s.won, s.is_now) AS wins,
        sumIf(s.lost, s.is_now) AS losses,
        sumIf(s.counted, NOT s.is_now) AS previous_n,
        sumIf(s.won, NOT s.is_now) AS previous_wins,
        sumIf(s.lost, NOT s.is_now) AS previous_losses
    FROM
    (
        SELECT
            toString(a.metric) AS metric,
            toString(a.brand) AS brand,
            toString(ifNull(a.survey_kind, '')) AS survey_kind,
            a.scale AS scale,
            a.occurred_at >= {from:DateTime('UTC')} AS is_now,
            sum(toInt64(a.sign)) AS counted,
            sumIf(toInt64(a.sign), a.wins) AS won,
            sumIf(toInt64(a.sign), a.loses) AS lost
        FROM v_score_answers AS a
        WHERE a.counts AND (a.metric != 'ces' OR a.scale = '7 agree')
            AND a.occurred_at >= toDateTime(greatest(2 * toInt64({from:DateTime('UTC')}) - toInt64({until:DateTime('UTC')}), 0), 'UTC')
            AND a.occurred_at < {until:DateTime('UTC')}
        GROUP BY metric, brand, survey_kind, scale, is_now
        UNION ALL
        SELECT
            'net_sentiment' AS metric,
            toString(f.brand) AS brand,
            '' AS survey_kind,
            '' AS scale,
            f.occurred_at >= {from:DateTime('UTC')} AS is_now,
            sum(toInt64(f.sign)) AS counted,
            sumIf(toInt64(f.sign), ifNull(f.sentiment, '') = 'positive') AS won,
            sumIf(toInt64(f.sign), ifNull(f.sentiment, '') = 'negative') AS lost
        FROM feedback AS f
        WHERE f.origin = 'genuine' AND isNotNull(f.sentiment) AND dictGet('hearken.brand_by_name', 'own', f.brand)
            AND f.occurred_at >= toDateTime(greatest(2 * toInt64({from:DateTime('UTC')}) - toInt64({until:DateTime('UTC')}), 0), 'UTC')
            AND f.occurred_at < {until:DateTime('UTC')}
        GROUP BY brand, is_now
    ) AS s
    GROUP BY metric, brand, survey_kind, scale
    HAVING n != 0 OR previous_n != 0
)
COMMENT 'The scores of a window beside those of the window of the same length before it: v_score_changes(from = ''2026-11-01 00:00:00'', until = ''2026-12-01 00:00:00''), until exclusive, both UTC. A row per metric (nps, csat, ces, net_sentiment), own brand, kind of survey and scale (0-10, 5, 7 agree; ces on the 7-point agree scale alone): value with its 95 % interval and n, previous with its previous_n, change = value - previous with its 95 % interval, significant where that leaves 0 out: |change| > 1.96 * sqrt(se1^2 + se2^2). nps from -100 to 100, csat and ces shares, net_sentiment from -1 to 1. NULL, and not significant, where a window has nothing'
