CREATE OR REPLACE VIEW v_keyword_trends
AS WITH
    toInt64(toUnixTimestamp({from:DateTime('UTC')})) AS from_s,
    toInt64(toUnixTimestamp({until:DateTime('UTC')})) AS until_s,
    toDateTime(greatest(2 * from_s - until_s, 0), 'UTC') AS before,
    sqrt((n + previous_n) / (of_now + of_before) * (1 - least((n + previous_n) / (of_now + of_before), 1)) * (1 / of_now + 1 / of_before)) AS se
SELECT
    brand,
    term,
    n,
    previous_n,
    if(of_now > 0, n / of_now, NULL) AS share,
    if(of_before > 0, previous_n / of_before, NULL) AS previous_share,
    share - previous_share AS change,
    multiIf(
        isNull(change), NULL,
        previous_n = 0, 'new',
        n = 0, 'gone',
        isNull(z), 'steady',
        z >= 3, 'rising',
        z <= -3, 'falling',
        'steady'
    ) AS trend,
    if(of_now > 0 AND of_before > 0 AND se > 0, change / se, NULL) AS z
FROM
(
    SELECT
        brand,
        term,
        greatest(sumIf(feedback, hour >= {from:DateTime('UTC')}), 0) AS n,
        greatest(sumIf(feedback, hour < {from:DateTime('UTC')}), 0) AS previous_n
    FROM keyword_hour
    WHERE hour >= before AND hour < {until:DateTime('UTC')} AND dictGet('hearken.brand_by_name', 'own', brand)
    GROUP BY brand, term
    HAVING n > 0 OR previous_n > 0
) AS terms
INNER JOIN
(
    -- keyword_hour counts a feedback once for each of its terms; how many there are, only the rows themselves say.
    SELECT
        brand,
        sumIf(toInt64(sign), toStartOfHour(occurred_at) >= {from:DateTime('UTC')}) AS of_now,
        sumIf(toInt64(sign), toStartOfHour(occurred_at) < {from:DateTime('UTC')}) AS of_before
    FROM feedback
    WHERE toStartOfHour(occurred_at) >= before AND toStartOfHour(occurred_at) < {until:DateTime('UTC')}
        AND occurred_at >= before AND notEmpty(keywords.term)
    GROUP BY brand
) AS of_brand USING (brand)
COMMENT 'What is spoken of more or less than before: v_keyword_trends(from = ''2026-11-08 00:00:00'', until = ''2026-11-15 00:00:00''), in hours, until exclusive, both UTC; before is the window of the same length before it. A row per own brand and term of either window: n and previous_n the feedback whose newest state carries the term among its leading ones, share and previous_share of all feedback of that window that has terms (of every origin), change their difference; NULL where a window has none. z is the change over its standard error; trend is new (not there before), gone, rising (z >= 3), falling (z <= -3) or steady, NULL where a window is empty. Of a thousand steady terms one or two pass 3 by chance'
