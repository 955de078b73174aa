CREATE OR REPLACE FUNCTION hearken_share_low
-- The lower end of the 95 % interval of a share of n (Wilson, z = 1.96; 3.8416 is its square).
AS (part, n) -> if(
    n > 0 AND isNotNull(part),
    greatest(
        (part / n + 1.9208 / n - 1.96 * sqrt(greatest(part / n * (1 - part / n) / n + 0.9604 / pow(n, 2), 0))) / (1 + 3.8416 / n),
        0
    ),
    NULL
)
