CREATE OR REPLACE VIEW v_cases
AS SELECT
    c.* EXCEPT (owner, department, paged),
    if(ifNull(h.now_owner, '') = '', toString(c.owner), assumeNotNull(h.now_owner)) AS owner,
    if(ifNull(h.now_owner, '') = '', toString(c.department), assumeNotNull(h.now_department)) AS department,
    toString(c.owner) AS first_owner,
    toString(c.department) AS first_department,
    if(ifNull(h.last_state, '') = '', 'open', assumeNotNull(h.last_state)) AS state,
    (state != 'closed')::Bool AS is_open,
    (c.paged OR ifNull(h.was_paged, false))::Bool AS paged,
    h.acknowledged AS acknowledged_at,
    h.contacted AS contacted_at,
    if(state IN ('resolved', 'closed'), h.resolved, NULL) AS resolved_at,
    if(state = 'closed', h.closed, NULL) AS closed_at,
    toUInt32(ifNull(h.reopenings, 0)) AS reopened,
    h.responded AS first_response_at,
    multiIf(
        isNull(c.customer_due_at), NULL,
        ifNull(first_response_at <= c.customer_due_at, false), true,
        isNotNull(first_response_at) OR now64(3) > c.customer_due_at, false,
        NULL
    )::Nullable(Bool) AS customer_met,
    multiIf(
        ifNull(first_response_at <= c.due_at, false), true,
        isNotNull(first_response_at) OR now64(3) > c.due_at, false,
        NULL
    )::Nullable(Bool) AS owner_met,
    dateDiff('millisecond', c.occurred_at, c.received_at) AS source_delay_ms,
    toUInt32(greatest(ifNull(h.joined, 0), 1)) AS alerts,
    arraySort(arrayDistinct(arrayPushBack(h.told, toString(c.rule)))) AS rules,
    h.fired AS steps,
    ifNull(h.was_wrong, false)::Bool AS wrong_reason,
    ifNull(h.was_nobody, false)::Bool AS not_a_customer,
    if(length(h.currencies) = 1, h.paid, NULL) AS cost,
    if(length(h.currencies) = 1, h.currencies[1], '') AS cost_currency,
    ifNull(h.newest, c.opened_at) AS last_event_at,
    h.surveyed AS survey_requested_at,
    if(state = 'closed', h.closing, NULL) AS closed_event_id
FROM
(
    SELECT * FROM cases ORDER BY case_id, opened_at LIMIT 1 BY case_id
) AS c
LEFT JOIN
(
    SELECT
        case_id AS of_case,
        -- Of two of one moment the one further on.
        argMaxIf(toString(state), (at, indexOf(['open', 'acknowledged', 'contacted', 'resolved', 'closed'], toString(state))), state != '') AS last_state,
        argMaxIf(toString(owner), (at, event_id), owner != '') AS now_owner,
        argMaxIf(toString(department), (at, event_id), owner != '') AS now_department,
        -- Whoever speaks to the customer at once has taken the case on by that.
        minOrNullIf(at, by_human AND state IN ('acknowledged', 'contacted', 'resolved', 'closed')) AS acknowledged,
        minOrNullIf(at, kind = 'contacted') AS contacted,
        maxOrNullIf(at, kind = 'reopened') AS last_reopening,
        maxOrNullIf(at, state = 'resolved') AS last_resolving,
        if(ifNull(last_resolving < last_reopening, false), NULL, last_resolving) AS resolved,
        maxOrNullIf(at, state = 'closed') AS closed,
        argMaxOrNullIf(event_id, (at, event_id), state = 'closed') AS closing,
        countIf(kind = 'reopened') AS reopenings,
        minOrNullIf(at, hearken_is_response(kind, by_human)) AS responded,
        uniqExactIf(alert_id, kind IN ('opened', 'alerted')) AS joined,
        groupUniqArrayIf(detail['rule'], kind IN ('opened', 'alerted') AND detail['rule'] != '') AS told,
        -- A case that is opened again begins its reminders anew.
        arraySort(arrayDistinct(arrayMap(
            fired -> fired.2,
            arrayFilter(fired -> ifNull(fired.1 > last_reopening, true), groupArrayIf((at, toString(step)), step != ''))
        ))) AS fired,
        -- A case that told nobody when it was opened does so when a worse alert joins.
        countIf(kind = 'alerted' AND detail['paged'] = 'true') > 0 AS was_paged,
        countIf(kind = 'wrong_reason') > 0 AS was_wrong,
        countIf(kind = 'not_a_customer') > 0 AS was_nobody,
        sumOrNullIf(amount, kind = 'compensated') AS paid,
        groupUniqArrayIf(toString(currency), kind = 'compensated' AND isNotNull(amount)) AS currencies,
        maxOrNull(at) AS newest,
        maxOrNullIf(at, kind = 'survey_requested') AS surveyed
    FROM v_case_events
    GROUP BY case_id
) AS h ON h.of_case = c.case_id
COMMENT 'Every case once, with what became of it, from its events. owner and department have to answer now, first_owner and first_department had to at first; state is the last one an event gave, is_open all but closed. acknowledged_at (when a person took it on, be it by speaking to the customer) and contacted_at are the first time, resolved_at and closed_at the last, NULL where it was opened again since; reopened says how often. first_response_at: the first time a person acknowledged, contacted, resolved or closed it, compensated the customer or said that the alert was mistaken; what Hearken does is none, nor is a note or a hand-over, and re-opening keeps it. customer_met (the promise to the customer) and owner_met (what the owner is measured by) say whether it came in time: false also while it is missing and the time is past, NULL while there is time, and where there is no such time. source_delay_ms = received_at - occurred_at. alerts opened or joined it, by rules; paged: somebody was told at once of one of them; steps of reminding and escalating that fired since it was last opened; wrong_reason and not_a_customer: somebody said so; cost: what compensation was given, in cost_currency (NULL where nothing was, or in several currencies). survey_requested_at is the last time, closed_event_id the event that closed it. One case_id is read directly; for those that are open ask v_open_cases'
