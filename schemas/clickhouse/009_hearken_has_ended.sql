CREATE OR REPLACE FUNCTION hearken_has_ended
-- Whether a profile's status says that the customer's subscription or account has ended, in the spellings companies use.
AS (status) -> CAST(
    lowerUTF8(ifNull(status, '')) IN (
        'ended', 'cancelled', 'canceled', 'closed', 'terminated', 'expired', 'unsubscribed', 'churned', 'lost', '已注销', '已流失', '已退订'
    ),
    'Bool'
)
