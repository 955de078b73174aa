CREATE OR REPLACE VIEW v_indicator_cells
AS WITH
    -- Nothing is read, and nothing cut finer, than some indicator asks for.
    (SELECT groupUniqArray(toString(metric)) FROM indicators) AS metrics,
    (SELECT groupUniqArrayArray(mapKeys(scope)) FROM indicators) AS keys
SELECT
    by_metric AS metric,
    toString(by_brand) AS brand,
    concat(by_scale, if(by_metric = 'nps', concat(' ', toString(ifNull(by_survey_kind, ''))), '')) AS kind,
    map(
        'survey_kind', toString(ifNull(by_survey_kind, '')),
        'scale', by_scale,
        'survey_id', toString(ifNull(by_survey_id, '')),
        'question_id', toString(ifNull(by_question_id, '')),
        'product_id', toString(ifNull(by_product_id, '')),
        'store_id', toString(ifNull(by_store_id, '')),
        'region', toString(ifNull(by_region, '')),
        'campaign', toString(ifNull(by_campaign, '')),
        'touchpoint', hearken_touchpoint(by_touchpoint),
        'journey_stage', toString(ifNull(by_journey_stage, '')),
        'language', toString(ifNull(by_language, ''))
    ) AS cell,
    n,
    wins,
    losses
FROM
(
    SELECT
        toString(a.metric) AS by_metric,
        a.brand AS by_brand,
        a.survey_kind AS by_survey_kind,
        a.scale AS by_scale,
        if(has(keys, 'survey_id'), a.survey_id, NULL) AS by_survey_id,
        if(has(keys, 'question_id'), a.question_id, NULL) AS by_question_id,
        if(has(keys, 'product_id'), a.product_id, NULL) AS by_product_id,
        if(has(keys, 'store_id'), a.store_id, NULL) AS by_store_id,
        if(has(keys, 'region'), a.region, NULL) AS by_region,
        if(has(keys, 'campaign'), a.campaign, NULL) AS by_campaign,
        if(has(keys, 'touchpoint'), a.touchpoint, NULL) AS by_touchpoint,
        if(has(keys, 'journey_stage'), a.journey_stage, NULL) AS by_journey_stage,
        if(has(keys, 'language'), a.language, NULL) AS by_language,
        sum(toInt64(a.sign)) AS n,
        sumIf(toInt64(a.sign), a.wins) AS wins,
        sumIf(toInt64(a.sign), a.loses) AS losses
    FROM v_score_answers AS a
    WHERE has(metrics, a.metric) AND a.counts AND (a.metric != 'ces' OR a.scale = '7 agree')
        AND a.occurred_at >= {from:DateTime('UTC')} AND a.occurred_at < {until:DateTime('UTC')}
    GROUP BY by_metric, by_brand, by_survey_kind, by_scale, by_survey_id, by_question_id, by_product_id, by_store_id, by_region, by_campaign, by_touchpoint, by_journey_stage, by_language
)
UNION ALL
SELECT
    'net_sentiment' AS metric,
    toString(by_brand) AS brand,
    '' AS kind,
    map(
        'channel', toString(ifNull(by_channel, '')),
        'product_id', toString(ifNull(by_product_id, '')),
        'store_id', toString(ifNull(by_store_id, '')),
        'region', toString(ifNull(by_region, '')),
        'campaign', toString(ifNull(by_campaign, '')),
        'touchpoint', hearken_touchpoint(by_touchpoint),
        'journey_stage', toString(ifNull(by_journey_stage, '')),
        'language', toString(ifNull(by_language, ''))
    ) AS cell,
    n,
    wins,
    losses
FROM
(
    SELECT
        f.brand AS by_brand,
        if(has(keys, 'channel'), f.channel, NULL) AS by_channel,
        if(has(keys, 'product_id'), f.product_id, NULL) AS by_product_id,
        if(has(keys, 'store_id'), f.store_id, NULL) AS by_store_id,
        if(has(keys, 'region'), f.region, NULL) AS by_region,
        if(has(keys, 'campaign'), f.campaign, NULL) AS by_campaign,
        if(has(keys, 'touchpoint'), f.touchpoint, NULL) AS by_touchpoint,
        if(has(keys, 'journey_stage'), f.journey_stage, NULL) AS by_journey_stage,
        if(has(keys, 'language'), f.language, NULL) AS by_language,
        sum(toInt64(f.sign)) AS n,
        sumIf(toInt64(f.sign), ifNull(f.sentiment, '') = 'positive') AS wins,
        sumIf(toInt64(f.sign), ifNull(f.sentiment, '') = 'negative') AS losses
    FROM feedback AS f
    WHERE has(metrics, 'net_sentiment') AND f.origin = 'genuine' AND isNotNull(f.sentiment)
        AND f.occurred_at >= {from:DateTime('UTC')} AND f.occurred_at < {until:DateTime('UTC')}
        AND dictGet('hearken.brand_by_name', 'own', f.brand)
    GROUP BY by_brand, by_channel, by_product_id, by_store_id, by_region, by_campaign, by_touchpoint, by_journey_stage, by_language
)
UNION ALL
SELECT
    'aspect_net' AS metric,
    toString(by_brand) AS brand,
    '' AS kind,
    map(
        'category', toString(ifNull(by_category, '')),
        'topic', toString(ifNull(by_topic, '')),
        'channel', toString(ifNull(by_channel, '')),
        'product_id', toString(ifNull(by_product_id, '')),
        'store_id', toString(ifNull(by_store_id, '')),
        'region', toString(ifNull(by_region, '')),
        'campaign', toString(ifNull(by_campaign, '')),
        'touchpoint', hearken_touchpoint(by_touchpoint),
        'journey_stage', toString(ifNull(by_journey_stage, '')),
        'language', toString(ifNull(by_language, ''))
    ) AS cell,
    n,
    wins,
    losses
FROM
(
    SELECT
        f.brand AS by_brand,
        if(has(keys, 'category'), category, NULL) AS by_category,
        if(has(keys, 'topic'), topic, NULL) AS by_topic,
        if(has(keys, 'channel'), f.channel, NULL) AS by_channel,
        if(has(keys, 'product_id'), f.product_id, NULL) AS by_product_id,
        if(has(keys, 'store_id'), f.store_id, NULL) AS by_store_id,
        if(has(keys, 'region'), f.region, NULL) AS by_region,
        if(has(keys, 'campaign'), f.campaign, NULL) AS by_campaign,
        if(has(keys, 'touchpoint'), ifNull(told_of, f.touchpoint), NULL) AS by_touchpoint,
        if(has(keys, 'journey_stage'), hearken_aspect_stage(told_of, f.journey_stage), NULL) AS by_journey_stage,
        if(has(keys, 'language'), f.language, NULL) AS by_language,
        sum(toInt64(f.sign)) AS n,
        sumIf(toInt64(f.sign), polarity = 'positive') AS wins,
        sumIf(toInt64(f.sign), polarity = 'negative') AS losses
    FROM feedback AS f
    ARRAY JOIN f.aspects.category AS category, f.aspects.topic AS topic, f.aspects.touchpoint AS told_of, f.aspects.polarity AS polarity
    WHERE has(metrics, 'aspect_net') AND f.origin = 'genuine'
        AND f.occurred_at >= {from:DateTime('UTC')} AND f.occurred_at < {until:DateTime('UTC')}
        AND dictGet('hearken.brand_by_name', 'own', f.brand)
    GROUP BY by_brand, by_category, by_topic, by_channel, by_product_id, by_store_id, by_region, by_campaign, by_touchpoint, by_journey_stage, by_language
)
UNION ALL
SELECT
    rate.1 AS metric,
    toString(s.brand) AS brand,
    '' AS kind,
    map('touchpoint', s.touchpoint, 'journey_stage', s.journey_stage) AS cell,
    sum(rate.2) AS n,
    sum(rate.3) AS wins,
    0 AS losses
FROM v_visit_steps AS s
ARRAY JOIN [('bounce_rate', 1, toInt64(s.bounced)), ('conversion', toInt64(s.known), toInt64(s.converted))] AS rate
WHERE has(metrics, rate.1) AND s.began_at >= {from:DateTime('UTC')} AND s.began_at < {until:DateTime('UTC')}
    -- Days of any zone that the window touches: read before visits are put together.
    AND s.day >= toDate({from:DateTime('UTC')}) - 1 AND s.day <= toDate({until:DateTime('UTC')}) + 1
GROUP BY metric, brand, cell
HAVING n > 0
COMMENT 'What v_indicators is made of: the counts of a window by metric, brand and whatever the scopes of the table indicators tell apart, v_indicator_cells(from = ''2026-11-01 00:00:00'', until = ''2026-12-01 00:00:00''), until exclusive, both UTC. kind is what must not be pooled: the scale of a score, and of nps the kind of survey. wins are promoters, answers in the two top boxes, agreements, positive feedback or aspects, visits that bounced or converted; losses are detractors or negative ones; n all that count. A visit at several touchpoints is in the cell of each. Only metrics that some indicator names are there'
