CREATE OR REPLACE VIEW v_anomalies
AS WITH
    toInt64(toUnixTimestamp({from:DateTime('UTC')})) AS from_s,
    least(toInt64(toUnixTimestamp({until:DateTime('UTC')})), toInt64(toUnixTimestamp(now('UTC')))) AS until_s,
    toInt64(3600) AS hour_s, toInt64(86400) AS day_s, toInt64(604800) AS week_s,
    38 * hour_s AS margin_s,
    (SELECT groupUniqArray(toInt64(toUnixTimestamp(toDateTime(day, 'UTC')))) FROM calendar) AS special_days,
    (SELECT groupUniqArrayArray([day - 1, day, day + 1]) FROM calendar) AS special_dates
SELECT
    toDateTime(at_s, 'UTC') AS at,
    intDiv(span, hour_s) AS hours,
    if(measure = 'volume' AND x = 0, 'silence', measure) AS kind,
    brand,
    channel,
    topic,
    x,
    median AS baseline_median,
    mad,
    z,
    tail,
    if(measure != 'volume' AND of_x > 0, x / of_x, NULL) AS share,
    if(measure != 'volume' AND of_total > 0, total / of_total, NULL) AS baseline_share,
    n AS baselines_n,
    provisional,
    special AS calendar,
    ifNull(
        tail < 1 / (keys * (week_s / hour_s + week_s / day_s)) AND multiIf(
            kind = 'silence', NOT provisional AND at_s + span <= until_s,
            kind = 'volume', x > 0,
            hearken_share_low(x, of_x) > ifNull(baseline_share, 0)
        ),
        false
    )::Bool AS fired
FROM
-- One thing a level: an alias is written out wherever it is used, and all of them in one would take longer to plan than to run.
(SELECT *, multiIf(
    n = 0, NULL,
    measure = 'volume' AND x = 0, pow(n / (n + 1), total + 0.5),
    -- What z alone would let go is not asked about further.
    x >= 5 AND z >= 3, hearken_tail(x, total, n),
    NULL
) AS tail FROM
(SELECT *, if(n > 0, (x - median) / greatest(1.4826 * mad, sqrt(median), 1), NULL) AS z FROM
(SELECT *, if(n > 0, arrayReduce('median', arrayMap((b, middle) -> abs(b - middle), baselines, arrayResize([median], n, median))), NULL) AS mad FROM
(SELECT *, if(n > 0, arrayReduce('median', baselines), NULL) AS median FROM
(SELECT
    *,
    maxIf(x, measure = 'organic') OVER (PARTITION BY brand, channel, span, cell) AS of_x,
    maxIf(total, measure = 'organic') OVER (PARTITION BY brand, channel, span, cell) AS of_total FROM
(SELECT *, arraySum(baselines) AS total FROM
(SELECT *, if(n > 0, arrayResize(if(provisional, trailing, alike), n, 0), []) AS baselines FROM
(SELECT *, multiIf(NOT provisional, alike_n, trailing_n >= 4, trailing_n, 0) AS n FROM
(SELECT
    *,
    cell - offset_s AS at_s,
    (special = '' AND alike_n < 4)::Bool AS provisional,
    if(span = hour_s, least(24, greatest(intDiv(cell - first_s, hour_s), 0)), 0) AS trailing_n FROM
(
    SELECT
        *,
        -- How many cells like it there are since the channel began: those without a row count as 0.
        if(
            empty(special_days),
            greatest(least(intDiv(cell - first_s, week_s), 8), 0),
            length(arrayFilter(
                back -> cell - back >= first_s AND hearken_calendar(toDate(toDateTime(cell - back, 'UTC')), brand) = special,
                if(
                    special = '',
                    arrayMap(week -> week * week_s, range(1, 9)),
                    arrayFilter(back -> back > 0 AND back <= 8 * week_s, arrayMap(day -> intDiv(cell, day_s) * day_s - day, special_days))
                )
            ))
        )::Int64 AS alike_n
    FROM
    (
        SELECT
            *,
            uniqExact(measure, brand, channel, topic) OVER () AS keys,
            -- The day in which the channel began is no whole one.
            groupArrayIf(x, cell >= first_s) OVER (
                PARTITION BY measure, brand, channel, topic, span, special, cell % if(special = '', week_s, day_s)
                ORDER BY cell RANGE BETWEEN 4838400 PRECEDING AND 1 PRECEDING
            ) AS alike,
            groupArray(x) OVER (
                PARTITION BY measure, brand, channel, topic, span ORDER BY cell RANGE BETWEEN 86400 PRECEDING AND 1 PRECEDING
            ) AS trailing
        FROM
        (
            SELECT
                measure, brand, channel, topic, span, later.1 AS cell,
                hearken_calendar(toDate(toDateTime(cell, 'UTC')), brand) AS special,
                sum(later.2) AS x,
                argMax(offset_s, local_s) AS offset_s,
                argMax(first_s, local_s) AS first_s
            FROM
            (
                SELECT
                    k.measure AS measure, k.brand AS brand, k.channel AS channel, k.topic AS topic, k.counted AS counted,
                    toInt64(toUnixTimestamp(toDateTime(
                        toString(k.hour, dictGet('hearken.brand_by_name', 'business_time_zone', k.brand)), 'UTC'
                    ))) AS local_s,
                    local_s - toInt64(toUnixTimestamp(k.hour)) AS offset_s,
                    seen.first_s + offset_s AS first_s
                FROM
                (
                    SELECT brand, of_channel AS channel, topic, measure, hour, sum(counted) AS counted
                    FROM
                    (
                        SELECT
                            brand, channel, '' AS topic, m.1 AS measure, toStartOfHour(minute) AS hour, sum(m.2) AS counted,
                            if(measure = 'organic', [channel, ''], [channel]) AS of_channels
                        FROM feedback_minute
                        ARRAY JOIN [('volume', feedback), ('organic', organic), ('negative', negative)] AS m
                        WHERE minute >= toDateTime(greatest(from_s - 8 * week_s - margin_s, 0), 'UTC')
                            AND minute < toDateTime(until_s, 'UTC')
                            AND (
                                (until_s - 1 - toInt64(toUnixTimestamp(minute))) % week_s < until_s - from_s + margin_s
                                OR has(special_dates, toDate(minute))
                            )
                            AND dictGet('hearken.brand_by_name', 'own', brand)
                        GROUP BY brand, channel, measure, hour
                        UNION ALL
                        SELECT
                            brand, channel, arrayJoin(arrayDistinct(aspects.topic)) AS topic, 'topic' AS measure,
                            toStartOfHour(occurred_at)::DateTime('UTC') AS hour, sum(toInt64(sign)) AS counted,
                            [channel, ''] AS of_channels
                        FROM feedback
                        WHERE occurred_at >= toDateTime(greatest(from_s - 8 * week_s - margin_s, 0), 'UTC')
                            AND occurred_at < toDateTime(until_s, 'UTC')
                            AND (
                                (until_s - 1 - toInt64(toUnixTimestamp(occurred_at))) % week_s < until_s - from_s + margin_s
                                OR has(special_dates, toDate(occurred_at))
                            )
                            AND time_precision IN ('second', 'minute') AND origin = 'genuine'
                            AND dictGet('hearken.brand_by_name', 'own', brand)
                        GROUP BY brand, channel, topic, hour
                    )
                    ARRAY JOIN of_channels AS of_channel
                    GROUP BY brand, of_channel, topic, measure, hour
                    HAVING counted > 0
                ) AS k
                INNER JOIN
                (
                    SELECT brand, of_channel AS channel, toInt64(toUnixTimestamp(toStartOfHour(min(minute)))) AS first_s
                    FROM feedback_minute
                    ARRAY JOIN [toString(channel), ''] AS of_channel
                    GROUP BY brand, of_channel
                ) AS seen ON seen.brand = k.brand AND seen.channel = k.channel
            )
            ARRAY JOIN [hour_s, day_s] AS span
            -- Where a channel may fall silent there is a cell without a row.
            ARRAY JOIN arrayConcat(
                [(intDiv(local_s, span) * span, counted)],
                if(measure = 'volume', arrayMap(week -> (intDiv(local_s, span) * span + week * week_s, 0), range(1, 9)), [])
            ) AS later
            GROUP BY measure, brand, channel, topic, span, cell
        )
    )
)) WHERE at_s + span > from_s AND at_s < until_s)))) WHERE measure = 'volume' OR x >= 5))))
WHERE measure != 'organic'
COMMENT 'Hours and days unlike their like: v_anomalies(from = ''2026-11-15 00:00:00'', until = ''2026-11-22 00:00:00''), until exclusive, both UTC, nothing later than now. A row per cell (hours is 1 or 24; hours and days of the brand''s own time zone; at is its begin in UTC) of an own brand and key: volume (all feedback of a channel), negative (genuine negative feedback of a channel), topic (genuine feedback that speaks of it, in a channel, and in all with the channel empty), silence (a channel with no feedback at all, told of complete cells). x is the count; only cells of 5 or more are told of, and of volume all; the baseline is the same cell of the week over the 8 weeks before, cells without a row being 0, days of the calendar apart: those are compared with days of their kind. With fewer than 4 weeks the 24 hours before stand in (provisional); baselines_n 0 means that nothing can be said. z = (x - median) / max(1.4826 * MAD, sqrt(median), 1). tail is the negative-binomial predictive chance of x or more (of 0, for silence) given the baseline, NULL where z is below 3, or x below 5. fired: tail below 1 / (keys * cells a week) and, of a topic and of negative feedback, the lower end of its share of genuine feedback above baseline_share. Times known to the day alone are left out'
