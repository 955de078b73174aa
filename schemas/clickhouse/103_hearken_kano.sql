CREATE OR REPLACE FUNCTION hearken_kano
-- The Kano class of a pair of answers (1 like, 2 must-be, 3 neutral, 4 live with, 5 dislike): five letters for each answer to "with
-- the feature", one of them for each answer to "without it". Empty where one of the two is no answer.
AS (functional, dysfunctional) -> if(
    indexOf([1, 2, 3, 4, 5], functional) > 0 AND indexOf([1, 2, 3, 4, 5], dysfunctional) > 0,
    substring('QAAAORIIIMRIIIMRIIIMRRRRQ', 5 * indexOf([1, 2, 3, 4, 5], functional) - 5 + indexOf([1, 2, 3, 4, 5], dysfunctional), 1),
    ''
)
