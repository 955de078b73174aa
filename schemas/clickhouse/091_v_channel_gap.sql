CREATE OR REPLACE VIEW v_channel_gap
AS WITH
    hearken_margin(
        hearken_net_se(positive, negative, mentions),
        hearken_net_se(all_positive - positive, all_negative - negative, elsewhere_mentions)
    ) AS margin
SELECT
    brand,
    category,
    topic,
    channel,
    mentions,
    negative,
    positive,
    hearken_net(positive, negative, mentions) AS net,
    hearken_net_low(positive, negative, mentions) AS net_low,
    hearken_net_high(positive, negative, mentions) AS net_high,
    all_mentions - mentions AS elsewhere_mentions,
    hearken_net(all_positive - positive, all_negative - negative, elsewhere_mentions) AS elsewhere_net,
    net - elsewhere_net AS gap,
    gap - margin AS gap_low,
    gap + margin AS gap_high,
    ifNull(abs(gap) > margin, false)::Bool AS significant
FROM
(
    SELECT
        *,
        sum(mentions) OVER topics AS all_mentions,
        sum(negative) OVER topics AS all_negative,
        sum(positive) OVER topics AS all_positive
    FROM
    (
        SELECT
            f.brand AS brand,
            category,
            topic,
            f.channel AS channel,
            sum(toInt64(f.sign)) AS mentions,
            sumIf(toInt64(f.sign), polarity = 'negative') AS negative,
            sumIf(toInt64(f.sign), polarity = 'positive') AS positive
        FROM feedback AS f
        ARRAY JOIN f.aspects.category AS category, f.aspects.topic AS topic, f.aspects.polarity AS polarity
        WHERE f.occurred_at >= {from:DateTime('UTC')} AND f.occurred_at < {until:DateTime('UTC')}
            AND f.origin = 'genuine' AND dictGet('hearken.brand_by_name', 'own', f.brand)
        GROUP BY brand, category, topic, channel
        HAVING mentions != 0
    )
    WINDOW topics AS (PARTITION BY brand, category, topic)
)
COMMENT 'The same topic in different channels: v_channel_gap(from = ''2026-11-01 00:00:00'', until = ''2026-12-01 00:00:00''), until exclusive, both UTC. A row per own brand, category, topic and channel: mentions by genuine feedback, net = (positive - negative) / mentions with its 95 % interval (adjusted Wald, clamped to -1..1), the same of all other channels together (elsewhere_…), gap = net - elsewhere_net with its 95 % interval, significant where that leaves 0 out: |gap| > 1.96 * sqrt(se1^2 + se2^2). Where only one channel speaks of a topic, elsewhere_mentions is 0 and the rest NULL'
