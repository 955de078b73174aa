CREATE OR REPLACE VIEW v_case_departments
AS WITH
    -- What an event leaves as it was, is what the event before it said.
    arrayMap(turn -> if(turn.5 = '', c.first_department, turn.5), arrayFill(turn -> turn.4 != '', e.turns)) AS places,
    arrayMap(turn -> turn.3, arrayFill(turn -> turn.3 != '', e.turns)) AS states,
    e.turns.1 AS times
SELECT
    c.case_id AS case_id,
    c.brand AS brand,
    c.tier AS tier,
    c.rule AS rule,
    c.opened_at AS opened_at,
    stay.1 AS department,
    sum(stay.2) / 1000 AS elapsed_seconds,
    sum(stay.3) AS stays,
    max(stay.4)::Bool AS has_it_now
FROM
(
    SELECT case_id, toString(brand) AS brand, toString(tier) AS tier, toString(rule) AS rule, opened_at, toString(department) AS first_department
    FROM cases
    ORDER BY case_id, opened_at
    LIMIT 1 BY case_id
) AS c
INNER JOIN
(
    SELECT
        case_id AS of_case,
        arraySort(groupArrayIf((at, event_id, toString(state), toString(owner), toString(department)), state != '' OR owner != '')) AS turns
    FROM v_case_events
    WHERE at <= {as_of:DateTime('UTC')}
    GROUP BY case_id
) AS e ON e.of_case = c.case_id
ARRAY JOIN arrayMap(
    (i, place, state, at, next) -> (
        place,
        if(state = 'closed', 0, dateDiff('millisecond', at, next)),
        i = 1 OR places[i - 1] != place,
        i = length(places) AND state != 'closed'
    ),
    arrayEnumerate(places),
    places,
    states,
    times,
    arrayPushBack(arrayPopFront(times), toDateTime64({as_of:DateTime('UTC')}, 3, 'UTC'))
) AS stay
GROUP BY case_id, brand, tier, rule, opened_at, department
COMMENT 'How long each department had a case, from its hand-overs: v_case_departments(as_of = ''2026-11-22 00:00:00''), UTC; later events are left out. A row per case and department: elapsed_seconds on the clock (nights and holidays included, since two departments'' hours could not be added up) while the case was theirs and not closed, stays how often it came to them, has_it_now where it is theirs and not closed at as_of'
