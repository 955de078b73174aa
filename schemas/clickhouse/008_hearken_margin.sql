CREATE OR REPLACE FUNCTION hearken_margin
-- What a difference of two numbers has to exceed to be one, from their standard errors (95 %); NULL where either is not known.
AS (se, other_se) -> 1.96 * sqrt(pow(se, 2) + pow(other_se, 2))
