CREATE OR REPLACE FUNCTION hearken_is_response
-- Whether an event answers a case: a person took it on, spoke to the customer, or ended it. What Hearken does by itself is none, nor is a
-- note, a hand-over to somebody else or a re-opening.
AS (kind, by_human) -> CAST(
    by_human AND kind IN ('acknowledged', 'contacted', 'resolved', 'closed', 'compensated', 'not_a_customer', 'wrong_reason'), 'Bool'
)
