CREATE OR REPLACE FUNCTION hearken_quintile
-- The fifth of a population that a value lies in, 1 to 5, by the population's quantiles at 0.2, 0.4, 0.6 and 0.8. Equals share a fifth, the
-- one in the middle of those they reach over: where all are equal, or there is but one, it is 3.
AS (value, cuts) -> toUInt8(1 + intDiv(arraySum(arrayMap(cut -> (value > cut) + (value >= cut), cuts)) + 1, 2))
