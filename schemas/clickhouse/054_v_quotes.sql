CREATE OR REPLACE VIEW v_quotes
AS SELECT
    f.feedback_id AS feedback_id,
    f.version AS version,
    f.occurred_at AS occurred_at,
    f.time_precision AS time_precision,
    f.channel AS channel,
    f.source AS source,
    f.source_id AS source_id,
    f.brand AS brand,
    f.own AS own,
    f.product_id AS product_id,
    f.store_id AS store_id,
    f.region AS region,
    f.campaign AS campaign,
    f.customer_id AS customer_id,
    f.id_namespace AS id_namespace,
    f.author_key AS author_key,
    f.order_id AS order_id,
    aspect.1 AS category,
    aspect.2 AS topic,
    aspect.4 AS polarity,
    aspect.5 AS score,
    substringUTF8(f.text, aspect.6 + 1, greatest(toInt64(aspect.7) - aspect.6, 0)) AS quote,
    f.text AS text,
    ifNull(aspect.3, f.touchpoint) AS touchpoint,
    dictGetOrDefault(
        'hearken.touchpoint_by_name', 'stage', lowerUTF8(replaceRegexpAll(ifNull(aspect.3, ''), '[ _-]', '')), toString(f.journey_stage)
    ) AS journey_stage,
    f.language AS language,
    f.sentiment AS sentiment,
    f.rating_value AS rating_value,
    f.rating_scale_max AS rating_scale_max,
    f.origin AS origin
FROM v_feedback AS f
ARRAY JOIN arrayZip(
    f.aspects.category, f.aspects.topic, f.aspects.touchpoint, f.aspects.polarity, f.aspects.score, f.aspects.start, f.aspects.end
) AS aspect
COMMENT 'One row per aspect of a feedback in its newest state, with the words that say it. The stage is the one of the aspect''s own touchpoint, else the record''s; every brand, competitors with own = false'
