CREATE OR REPLACE VIEW v_intents
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
    intent.1 AS kind,
    intent.2 AS confidence,
    substringUTF8(f.text, intent.3 + 1, greatest(toInt64(intent.4) - intent.3, 0)) AS quote,
    f.text AS text,
    f.touchpoint AS touchpoint,
    f.journey_stage AS journey_stage,
    f.language AS language,
    f.sentiment AS sentiment,
    f.effort AS effort,
    f.rating_value AS rating_value,
    f.rating_scale_max AS rating_scale_max,
    f.origin AS origin
FROM v_feedback AS f
ARRAY JOIN arrayZip(f.intents.kind, f.intents.confidence, f.intents.start, f.intents.end) AS intent
COMMENT 'One row per intent of a feedback in its newest state (churn, complaint, refund, praise, question, suggestion, purchase, recommend, legal_threat or safety), with the words that say it; one feedback may say one kind twice. Every brand, competitors with own = false; every origin'
