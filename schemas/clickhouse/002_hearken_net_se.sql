CREATE OR REPLACE FUNCTION hearken_net_se
-- The standard error of hearken_net, adjusted Wald: three quarters of an answer more on either side, three answers more in all.
AS (positive, negative, n) -> if(
    n > 0 AND isNotNull(positive - negative),
    sqrt(greatest((positive + negative + 1.5) / (n + 3) - pow((positive - negative) / (n + 3), 2), 0) / (n + 3)),
    NULL
)
