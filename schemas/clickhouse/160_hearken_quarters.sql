CREATE OR REPLACE FUNCTION hearken_quarters
-- The four quarters of a simhash, told apart by their place: texts that are nearly the same share one. None where there are no words.
AS (simhash) -> if(
    isNull(simhash),
    [],
    arrayMap(place -> bitShiftLeft(toUInt64(place), 16) + bitAnd(bitShiftRight(ifNull(simhash, 0), 16 * place), 65535), [0, 1, 2, 3])
)
