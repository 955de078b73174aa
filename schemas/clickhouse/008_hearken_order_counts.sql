CREATE OR REPLACE FUNCTION hearken_order_counts
-- Whether an order in this status is money earned: cancelled and refunded ones are not, in the spellings shops use.
AS (status) -> CAST(
    lowerUTF8(replaceRegexpAll(status, '[ _-]', '')) NOT IN (
        'cancelled', 'canceled', 'refunded', 'fullyrefunded', 'returned', 'void', 'voided', 'failed', '已取消', '已退款', '交易关闭'
    ),
    'Bool'
)
