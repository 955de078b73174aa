CREATE OR REPLACE VIEW v_impact
AS SELECT
    brand,
    survey_kind,
    theme.1 AS category,
    theme.2 AS topic,
    answers,
    theme_answers,
    100 * hearken_net(promoters, detractors, answers) AS nps,
    100 * hearken_net(promoters - theme_promoters, detractors - theme_detractors, answers - theme_answers) AS nps_without,
    nps - nps_without AS impact,
    excluded
FROM
(
    SELECT
        brand, survey_kind, theme, theme_answers, theme_promoters, theme_detractors,
        maxIf(theme_answers, theme.2 = '') OVER (PARTITION BY brand, survey_kind) AS answers,
        maxIf(theme_promoters, theme.2 = '') OVER (PARTITION BY brand, survey_kind) AS promoters,
        maxIf(theme_detractors, theme.2 = '') OVER (PARTITION BY brand, survey_kind) AS detractors,
        maxIf(not_genuine, theme.2 = '') OVER (PARTITION BY brand, survey_kind) AS excluded
    FROM
    (
        SELECT
            f.brand AS brand,
            ifNull(f.survey_kind, '') AS survey_kind,
            theme,
            sumIf(toInt64(f.sign), f.origin = 'genuine') AS theme_answers,
            sumIf(toInt64(f.sign), f.origin = 'genuine' AND score >= 9) AS theme_promoters,
            sumIf(toInt64(f.sign), f.origin = 'genuine' AND score <= 6) AS theme_detractors,
            sumIf(toInt64(f.sign), f.origin != 'genuine') AS not_genuine
        FROM feedback AS f
        ARRAY JOIN arrayFilter(
            (value, kind, scale) -> kind = 'nps' AND ifNull(scale, 0) = 10 AND indexOf(range(11), value) > 0,
            f.answers.value, f.answers.kind, f.answers.scale_max
        ) AS score
        -- Every answer once for all, and once for each of its themes.
        ARRAY JOIN arrayConcat([('', '')], arrayDistinct(arrayZip(f.aspects.category, f.aspects.topic))) AS theme
        WHERE f.channel = 'survey' AND dictGet('hearken.brand_by_name', 'own', f.brand)
            AND f.occurred_at >= {from:DateTime('UTC')} AND f.occurred_at < {until:DateTime('UTC')}
        GROUP BY brand, survey_kind, theme
    )
)
WHERE topic != '' AND theme_answers > 0
COMMENT 'What a theme costs or gives: v_impact(from = ''2026-11-01 00:00:00'', until = ''2026-12-01 00:00:00''), until exclusive, both UTC. A row per own brand, survey kind (relationship and transactional apart, empty where the source does not say) and topic spoken of in the words of NPS answers: answers is all genuine ones (whole numbers 0 to 10 on a scale to 10), theme_answers those that speak of the topic, impact = nps of all - nps of those that do not, in NPS points; NULL where nothing is left. excluded counts answers that are not genuine. Correlational'
