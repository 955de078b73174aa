CREATE OR REPLACE VIEW v_open_cases
AS SELECT
    *,
    (isNull(first_response_at) AND now64(3) > due_at)::Bool AS past_due,
    (isNull(first_response_at) AND ifNull(now64(3) > customer_due_at, false))::Bool AS past_customer_due,
    greatest(0, dateDiff('second', due_at, now64(3))) * past_due AS late_seconds
FROM v_cases
-- Whatever was never closed, or was opened again: of all cases these few are looked up, and nothing else is read.
WHERE is_open AND case_id IN (
    SELECT case_id
    FROM cases
    WHERE case_id NOT IN (
        SELECT case_id FROM case_events WHERE state = 'closed' AND case_id NOT IN (SELECT case_id FROM case_events WHERE kind = 'reopened')
    )
)
COMMENT 'The cases of v_cases that are not closed, read without the others. past_due and past_customer_due: nobody has answered and the time is past, by the owner''s clock and by the customer''s; late_seconds since due_at, 0 where not past due'
