CREATE OR REPLACE FUNCTION hearken_net_high
-- The upper end of the 95 % interval of hearken_net (adjusted Wald), no more than 1.
AS (positive, negative, n) -> if(
    n > 0 AND isNotNull(positive - negative),
    least(
        (positive - negative) / (n + 3)
            + 1.96 * sqrt(greatest((positive + negative + 1.5) / (n + 3) - pow((positive - negative) / (n + 3), 2), 0) / (n + 3)),
        1
    ),
    NULL
)
