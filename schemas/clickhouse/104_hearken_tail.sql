CREATE OR REPLACE FUNCTION hearken_tail
-- How likely x or more are to be counted in a cell, where n cells like it held total: the negative-binomial predictive tail of a
-- Poisson rate (Jeffreys' prior, so r = total + 1/2 and p = n / (n + 1)). 128 terms are added up by lgamma; what is left is less than
-- a geometric series. Meant for x above the mean: below it the answer is 1.
AS (x, total, n) -> if(
    x * n <= total + 0.5,
    1,
    least(
        arraySum(
            j -> exp(lgamma(j + total + 0.5) - lgamma(total + 0.5) - lgamma(j + 1) + (total + 0.5) * ln(n / (n + 1)) - j * ln(n + 1)),
            range(toUInt64(x), toUInt64(x) + 128)
        ) + exp(
            lgamma(x + 128 + total + 0.5) - lgamma(total + 0.5) - lgamma(x + 129) + (total + 0.5) * ln(n / (n + 1)) - (x + 128) * ln(n + 1)
        ) / (1 - greatest((x + 128 + total + 0.5) / (x + 129), 1) / (n + 1)),
        1
    )
)
