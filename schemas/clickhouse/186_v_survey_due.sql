CREATE OR REPLACE VIEW v_survey_due
AS SELECT
    case_id,
    nullIf(whom, '') AS customer_key,
    closed_event_id,
    closed_at,
    -- Of several cases of one customer that were closed at the same time, the first asks.
    if(why = '' AND row_number() OVER (PARTITION BY whom, why ORDER BY closed_at, case_id) > 1, 'recent', why) AS withheld_because
FROM
(
    SELECT
        ended.case_id AS case_id,
        ended.whom AS whom,
        ended.closed_event_id AS closed_event_id,
        ended.closed_at AS closed_at,
        multiIf(
            ended.whom = '' OR ended.not_a_customer OR ifNull(profile.known, 0) = 0, 'unknown_customer',
            NOT ifNull(profile.consents, false), 'no_consent',
            ended.closed_at < now64(3) - INTERVAL 14 DAY, 'old',
            ended.asked_lately, 'recent',
            ''
        ) AS why
    FROM
    (
        SELECT
            *,
            max(is_request) OVER (PARTITION BY whom) = 1 AS asked_lately
        FROM
        (
            SELECT named.* EXCEPT (customer), ifNull(nullIf(merge.merged_into, ''), named.customer) AS whom
            FROM
            (
                SELECT
                    case_id,
                    ifNull(customer_key, '') AS customer,
                    assumeNotNull(closed_event_id) AS closed_event_id,
                    assumeNotNull(closed_at) AS closed_at,
                    not_a_customer,
                    0 AS is_request
                FROM v_cases
                WHERE state = 'closed' AND case_id IN (
                    -- Closed, and nothing was decided about a survey since: these few are looked up.
                    SELECT case_id
                    FROM case_events
                    WHERE state = 'closed' OR kind IN ('survey_requested', 'survey_withheld')
                    GROUP BY case_id
                    HAVING maxIf(at, state = 'closed') > maxIf(at, kind IN ('survey_requested', 'survey_withheld'))
                )
                UNION ALL
                -- Whom somebody was to ask in the last 30 days.
                SELECT case_id, ifNull(customer_key, '') AS customer, case_id AS closed_event_id, opened_at AS closed_at, false AS not_a_customer, 1 AS is_request
                FROM cases
                WHERE case_id IN (SELECT case_id FROM case_events WHERE kind = 'survey_requested' AND at > now64(3) - INTERVAL 30 DAY)
            ) AS named
            LEFT JOIN (SELECT customer_key AS m_key, merged_into FROM v_customer_merges) AS merge ON merge.m_key = named.customer
        )
    ) AS ended
    LEFT JOIN
    (
        SELECT customer_key AS p_key, 1 AS known, ifNull(consent_contact, false) AS consents FROM v_customers
    ) AS profile ON profile.p_key = ended.whom
    WHERE ended.is_request = 0
)
COMMENT 'Closed cases about which nobody has decided yet whether the customer is asked: neither survey_requested nor survey_withheld since closed_event_id. withheld_because is empty where the survey is to be asked for, else why not: unknown_customer (no customer, one without a profile, or somebody said that it is none), no_consent (the profile does not say that the customer may be contacted), old (closed more than 14 days ago), recent (that customer was asked in the last 30 days, or is by another row here). customer_key is the one after merges. Reads every profile, which takes seconds where there are a million: ask every few minutes'
