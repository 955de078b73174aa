CREATE OR REPLACE FUNCTION hearken_share_error
-- The standard error that a share of n is compared with: that of the centre of its Wilson interval, scaled back to the share itself, so
-- that few answers prove nothing.
AS (part, n) -> if(
    n > 0 AND isNotNull(part),
    sqrt(greatest((part + 1.9208) / (n + 3.8416) * (1 - (part + 1.9208) / (n + 3.8416)), 0) * (n + 3.8416)) / n,
    NULL
)
