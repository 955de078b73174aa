CREATE OR REPLACE VIEW v_keywords
AS SELECT
    brand,
    row_number() OVER (PARTITION BY brand ORDER BY n * ln(1 + known / of_known) DESC, term) AS rank,
    term,
    n,
    negative,
    positive,
    ln(1 + known / of_known) AS idf,
    n * idf AS tf_idf
FROM
(
    SELECT
        brand,
        term,
        sumIf(feedback, in_window) AS n,
        sumIf(k.negative, in_window) AS negative,
        sumIf(k.positive, in_window) AS positive,
        sum(feedback) AS of_known
    FROM
    (
        SELECT *, hour >= {from:DateTime('UTC')} AND hour < {until:DateTime('UTC')} AS in_window
        FROM keyword_hour
        WHERE dictGet('hearken.brand_by_name', 'own', brand)
    ) AS k
    GROUP BY brand, term
    HAVING n > 0
) AS terms
INNER JOIN
(
    -- keyword_hour counts a feedback once for each of its terms; how many there are, only the rows themselves say.
    SELECT brand, sum(toInt64(sign)) AS known
    FROM feedback
    WHERE notEmpty(keywords.term)
    GROUP BY brand
) AS of_brand USING (brand)
COMMENT 'What a window speaks of, in hours of occurred_at: v_keywords(from = ''2026-11-01 08:00:00'', until = ''2026-11-01 12:00:00''), until exclusive, both UTC. The leading terms of each message of the own brands, best first by tf_idf = n * idf within a brand; n is the feedback of the window whose newest state carries the term, negative and positive of these; idf = ln(1 + N / df), N being all known feedback of the brand that has terms and df those that carry this one, whenever written, so that what the brand always hears of ranks below what is new'
