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
            ifNull(asked.last > now64(3) - INTERVAL 30 DAY, false), 'recent',
            ''
        ) AS why
    FROM
    (
        SELECT
            closed.case_id AS case_id,
            ifNull(nullIf(merge.merged_into, ''), ifNull(closed.customer_key, '')) AS whom,
            assumeNotNull(closed.closed_event_id) AS closed_event_id,
            assumeNotNull(closed.closed_at) AS closed_at,
            closed.not_a_customer AS not_a_customer
        FROM
        (
            SELECT case_id, customer_key, closed_event_id, closed_at, not_a_customer
            FROM v_cases
            WHERE state = 'closed' AND case_id IN (
                -- Closed, and nothing was decided about a survey since: these few are looked up.
                SELECT case_id
                FROM case_events
                WHERE state = 'closed' OR kind IN ('survey_requested', 'survey_withheld')
                GROUP BY case_id
                HAVING maxIf(at, state = 'closed') > maxIf(at, kind IN ('survey_requested', 'survey_withheld'))
            )
        ) AS closed
        LEFT JOIN (SELECT customer_key AS m_key, merged_into FROM v_customer_merges) AS merge ON merge.m_key = ifNull(closed.customer_key, '')
    ) AS ended
    LEFT JOIN
    (
        SELECT customer_key AS p_key, 1 AS known, ifNull(consent_contact, false) AS consents FROM v_customers
    ) AS profile ON profile.p_key = ended.whom
    LEFT JOIN
    (
        SELECT ifNull(nullIf(merge.merged_into, ''), requested.named) AS a_key, maxOrNull(requested.at) AS last
        FROM
        (
            SELECT ifNull(c.customer_key, '') AS named, e.at AS at
            FROM (SELECT case_id AS e_case, at FROM case_events WHERE kind = 'survey_requested') AS e
            INNER JOIN cases AS c ON c.case_id = e.e_case
        ) AS requested
        LEFT JOIN (SELECT customer_key AS m_key, merged_into FROM v_customer_merges) AS merge ON merge.m_key = requested.named
        GROUP BY a_key
    ) AS asked ON asked.a_key = ended.whom
)
COMMENT 'Closed cases about which nobody has decided yet whether the customer is asked: neither survey_requested nor survey_withheld since closed_event_id. withheld_because is empty where the survey is to be asked for, else why not: unknown_customer (no customer, one without a profile, or somebody said that it is none), no_consent (the profile does not say that the customer may be contacted), old (closed more than 14 days ago), recent (that customer was asked in the last 30 days, or is by another row here). customer_key is the one after merges'
