CREATE OR REPLACE FUNCTION hearken_net
-- Wins less losses over all: net promoters, net sentiment. NULL where there is nothing to divide by.
AS (positive, negative, n) -> if(n > 0, (positive - negative) / n, NULL)
