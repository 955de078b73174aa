CREATE OR REPLACE VIEW v_word_cloud
AS SELECT
    brand,
    term,
    n,
    tf_idf / max(tf_idf) OVER (PARTITION BY brand) AS weight,
    hearken_net(positive, negative, n) AS net,
    round(12 + 52 * sqrt(weight), 1) AS size,
    rank
FROM v_keywords(from = {from:DateTime('UTC')}, until = {until:DateTime('UTC')})
WHERE rank <= 100
COMMENT 'The 100 leading terms of each own brand for a picture: v_word_cloud(from = ''2026-11-01 00:00:00'', until = ''2026-12-01 00:00:00''), until exclusive, both UTC. weight is the tf-idf of v_keywords over the largest of the brand (0..1), size a height of letters in pixels (12..64, its square grows with weight), net = (positive - negative) / n colours it (-1..1)'
