CREATE OR REPLACE FUNCTION hearken_net_error
-- The standard error that hearken_net is compared with: hearken_net_se scaled back from the adjusted value to the value itself, so that
-- few answers prove nothing.
AS (positive, negative, n) -> if(
    n > 0 AND isNotNull(positive - negative),
    sqrt(greatest((positive + negative + 1.5) / (n + 3) - pow((positive - negative) / (n + 3), 2), 0) * (n + 3)) / n,
    NULL
)
