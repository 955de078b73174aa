CREATE OR REPLACE FUNCTION hearken_margin
-- What a difference of two numbers has to exceed to be one (95 %), from the standard errors of both; NULL where either is not known.
AS (error, other_error) -> 1.96 * sqrt(pow(error, 2) + pow(other_error, 2))
