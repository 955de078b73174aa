CREATE OR REPLACE VIEW v_sla
AS SELECT
    day,
    brand,
    store_id,
    tier,
    rule,
    owner,
    department,
    count() AS cases,
    countIf(ifNull(customer_due_at <= {as_of:DateTime('UTC')}, false)) AS customer_due,
    countIf(ifNull(customer_due_at <= {as_of:DateTime('UTC')} AND answered_at <= customer_due_at, false)) AS customer_met,
    customer_due - customer_met AS customer_breached,
    if(customer_due > 0, customer_met / customer_due, NULL) AS customer_met_share,
    hearken_share_low(customer_met, customer_due) AS customer_met_low,
    hearken_share_high(customer_met, customer_due) AS customer_met_high,
    countIf(isNull(customer_due_at)) AS no_customer_clock,
    countIf(due_at <= {as_of:DateTime('UTC')}) AS owner_due,
    countIf(due_at <= {as_of:DateTime('UTC')} AND ifNull(answered_at <= due_at, false)) AS owner_met,
    owner_due - owner_met AS owner_breached,
    if(owner_due > 0, owner_met / owner_due, NULL) AS owner_met_share,
    hearken_share_low(owner_met, owner_due) AS owner_met_low,
    hearken_share_high(owner_met, owner_due) AS owner_met_high,
    countIf(due_at <= {as_of:DateTime('UTC')} AND isNull(answered_at)) AS past_due,
    countIf(timed) AS source_delay_n,
    if(source_delay_n > 0, quantileExactInclusiveIf(0.5)(source_delay_ms, timed), NULL) AS source_delay_median_ms,
    if(source_delay_n > 0, quantileExactInclusiveIf(0.9)(source_delay_ms, timed), NULL) AS source_delay_p90_ms
FROM
(
    SELECT
        c.* EXCEPT (first_response_at, first_owner, first_department),
        toDate(hearken_day(c.opened_at, 'second', '', c.brand)) AS day,
        if(ifNull(c.first_response_at <= {as_of:DateTime('UTC')}, false), c.first_response_at, NULL) AS answered_at,
        c.time_precision IN ('second', 'minute') AS timed,
        -- Whose case it was when it was answered; where nobody has, whose it is.
        arrayLast(turn -> turn.1 <= ifNull(answered_at, {as_of:DateTime('UTC')}), h.turns) AS turn,
        if(turn.2 = '', c.first_owner, turn.2) AS owner,
        if(turn.2 = '', c.first_department, turn.3) AS department
    FROM
    (
        SELECT
            case_id, toString(brand) AS brand, toString(store_id) AS store_id, toString(tier) AS tier, toString(rule) AS rule, opened_at, time_precision,
            customer_due_at, due_at, first_response_at, source_delay_ms, first_owner, first_department
        FROM v_cases
        WHERE opened_at <= {as_of:DateTime('UTC')}
    ) AS c
    LEFT JOIN
    (
        SELECT case_id AS of_case, arraySort(groupArray((at, toString(owner), toString(department)))) AS turns
        FROM v_case_events
        WHERE owner != ''
        GROUP BY case_id
    ) AS h ON h.of_case = c.case_id
)
GROUP BY day, brand, store_id, tier, rule, owner, department
COMMENT 'Whether cases were answered in time: v_sla(as_of = ''2026-11-22 00:00:00''), UTC; what came later is left out. A row per day on which they were opened (the brand''s own), brand, store, tier, rule, and the owner and department whose case it was when it was answered, or is while nobody has. By two clocks: customer_… is the promise to the customer (customer_due_at, from when the customer spoke; no_customer_clock cases have none, known to the day only or not at all), owner_… what the owner is measured by (due_at, from when the record arrived, in working hours). …_due: cases whose time had come by as_of, answered or not; …_met: answered by a person in time; …_breached: the rest of them, answered late or never (past_due: never so far). A case that is not due yet is in neither, even where it is answered, so that the quick ones do not count first. …_met_share = met / due with its 95 % Wilson interval, NULL where nothing was due; to pool rows, add up counts. The source''s own delay (received_at - occurred_at) stands apart, of those whose occurred_at is known to the minute (source_delay_n)'
