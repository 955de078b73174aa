CREATE OR REPLACE FUNCTION hearken_severe
-- Whether words are a reason to call the customer: the will to leave, however politely said; what is said strongly negatively; a negative
-- complaint, threat or danger.
AS (sentiment, score, intents) -> CAST(
    has(intents, 'churn')
        OR (
            ifNull(sentiment, '') = 'negative'
            AND (ifNull(score <= -0.7, false) OR hasAny(intents, ['complaint', 'legal_threat', 'safety']))
        ),
    'Bool'
)
