CREATE OR REPLACE FUNCTION hearken_share_se
-- The standard error of a share of n about the centre of its Wilson interval: never 0, so that one answer against another is no change.
AS (part, n) -> if(
    n > 0,
    sqrt(greatest((part + 1.9208) / (n + 3.8416) * (1 - (part + 1.9208) / (n + 3.8416)), 0) / (n + 3.8416)),
    NULL
)
