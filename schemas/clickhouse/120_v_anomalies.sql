CREATE OR REPLACE VIEW v_anomalies
AS WITH
    toInt64(toUnixTimestamp({from:DateTime('UTC')})) AS from_s,
    least(toInt64(toUnixTimestamp({until:DateTime('UTC')})), toInt64(toUnixTimestamp(now('UTC')))) AS until_s,
    3600 AS hour_s, 86400 AS day_s, 604800 AS week_s
SELECT
    toDateTime(at_s, 'UTC') AS at,
    intDiv(span, hour_s) AS hours,
    if(kind = 'volume' AND x = 0, 'silence', kind) AS kind,
    brand,
    channel,
    topic,
    x,
    if(n > 0, arrayReduce('median', baselines), NULL) AS baseline_median,
    if(n > 0, arrayReduce('median', arrayMap(b -> abs(b - baseline_median), baselines)), NULL) AS mad,
    if(n > 0, (x - baseline_median) / greatest(1.4826 * mad, sqrt(baseline_median), 1), NULL) AS z,
    -- What z alone would let go is not asked about further.
    multiIf(
        n = 0, NULL,
        x = 0, pow(n / (n + 1), total + 0.5),
        x >= 5 AND z >= 3, hearken_tail(x, total, n),
        NULL
    ) AS tail,
    if(kind IN ('topic', 'negative') AND of_x > 0, x / of_x, NULL) AS share,
    if(kind IN ('topic', 'negative') AND of_total > 0, total / of_total, NULL) AS baseline_share,
    n AS baselines_n,
    provisional,
    special AS calendar,
    ifNull(
        tail < 1 / (keys * (week_s / hour_s + week_s / day_s)) AND multiIf(
            kind = 'volume' AND x = 0, NOT provisional AND at_s + span <= until_s,
            x < 5 OR z < 3, false,
            kind = 'volume', true,
            ifNull(hearken_share_low(x, of_x), 0) > ifNull(baseline_share, 0)
        ),
        false
    )::Bool AS fired
FROM
(
    SELECT
        *,
        uniqExact(kind, brand, channel, topic) OVER () AS keys,
        maxIf(x, kind = 'organic') OVER (PARTITION BY brand, channel, span, cell) AS of_x,
        maxIf(total, kind = 'organic') OVER (PARTITION BY brand, channel, span, cell) AS of_total
    FROM
    (
        SELECT
            kind, brand, channel, topic, span, cell, special, x, at_s,
            arrayFilter(
                back -> cell - back >= first_s AND hearken_calendar(toDate(toDateTime(cell - back, 'UTC')), brand) = special,
                if(
                    special = '',
                    arrayMap(week -> toInt64(week * week_s), range(1, 9)),
                    arrayFilter(
                        back -> back > 0 AND back <= 8 * week_s AND back % day_s = 0,
                        arrayMap(
                            special_day -> intDiv(cell, day_s) * day_s - toInt64(toUnixTimestamp(toDateTime(special_day, 'UTC'))),
                            (SELECT groupUniqArray(day) FROM calendar)
                        )
                    )
                )
            ) AS alike,
            (special = '' AND length(alike) < 4)::Bool AS provisional,
            if(provisional AND span = hour_s, least(24, greatest(intDiv(cell - first_s, hour_s), 0)), 0) AS trailing_n,
            if(provisional, toInt64(if(trailing_n >= 4, trailing_n, 0)), toInt64(length(alike))) AS n,
            if(provisional, trailing, alike_counts) AS counted,
            arrayResize(if(n = 0, [], counted), greatest(n, if(n = 0, 0, length(counted))), 0) AS baselines,
            arraySum(baselines) AS total
        FROM
        (
            SELECT
                c.kind AS kind, c.brand AS brand, c.channel AS channel, c.topic AS topic, target.2 AS span, target.1 AS cell,
                hearken_calendar(toDate(toDateTime(cell, 'UTC')), brand) AS special,
                any(c.first_s) AS first_s,
                sumIf(c.counted, target.3 = 'own') AS x,
                cell - argMax(c.offset_s, c.local_s) AS at_s,
                sumMapIf([c.local_s - c.local_s % target.2], [c.counted], target.3 = 'alike').2 AS alike_counts,
                sumMapIf([c.local_s], [c.counted], target.3 = 'trailing').2 AS trailing
            FROM
            (
                SELECT
                    k.kind AS kind, k.brand AS brand, k.channel AS channel, k.topic AS topic, k.counted AS counted,
                    toInt64(toUnixTimestamp(toDateTime(toString(k.hour, dictGet('hearken.brand_by_name', 'business_time_zone', k.brand)), 'UTC')))
                        AS local_s,
                    local_s - toInt64(toUnixTimestamp(k.hour)) AS offset_s,
                    seen.first_s + offset_s AS first_s,
                    hearken_calendar(toDate(toDateTime(local_s, 'UTC')), k.brand) AS special,
                    arrayConcat(
                        [(toInt64(0), 'own')],
                        if(
                            special = '',
                            arrayMap(week -> (toInt64(week * week_s), 'alike'), range(1, 9)),
                            arrayFilter(
                                on -> on.1 > 0 AND on.1 <= 8 * week_s,
                                arrayMap(
                                    special_day -> (
                                        toInt64(toUnixTimestamp(toDateTime(special_day, 'UTC'))) - intDiv(local_s, day_s) * day_s, 'alike'
                                    ),
                                    (SELECT groupUniqArray(day) FROM calendar)
                                )
                            )
                        )
                    ) AS ahead,
                    arrayFilter(
                        t -> t.1 - offset_s + t.2 > from_s AND t.1 - offset_s < until_s,
                        arrayConcat(
                            arrayMap(on -> (local_s + on.1, toInt64(hour_s), on.2), ahead),
                            arrayMap(on -> (local_s - local_s % day_s + on.1, toInt64(day_s), on.2), ahead),
                            if(
                                local_s < first_s + 4 * week_s + day_s,
                                arrayMap(later -> (toInt64(local_s + later * hour_s), toInt64(hour_s), 'trailing'), range(1, 25)),
                                []
                            )
                        )
                    ) AS targets
                FROM
                (
                    SELECT brand, of_channel AS channel, topic, kind, hour, sum(counted) AS counted
                    FROM
                    (
                        SELECT
                            brand, channel, '' AS topic, measure.1 AS kind, toStartOfHour(minute) AS hour, sum(measure.2) AS counted,
                            if(kind = 'organic', [channel, ''], [channel]) AS of_channels
                        FROM feedback_minute
                        ARRAY JOIN [('volume', feedback), ('organic', organic), ('negative', negative)] AS measure
                        WHERE minute >= toDateTime(greatest(from_s - 8 * week_s - 38 * hour_s, 0), 'UTC') AND minute < toDateTime(until_s, 'UTC')
                            AND (
                                (until_s - 1 - toInt64(toUnixTimestamp(minute))) % week_s < until_s - from_s + 38 * hour_s
                                OR toDate(minute) IN (SELECT arrayJoin([day - 1, day, day + 1]) FROM calendar)
                            )
                            AND dictGet('hearken.brand_by_name', 'own', brand)
                        GROUP BY brand, channel, kind, hour
                        UNION ALL
                        SELECT
                            brand, channel, arrayJoin(arrayDistinct(aspects.topic)) AS topic, 'topic' AS kind,
                            toStartOfHour(occurred_at)::DateTime('UTC') AS hour, sum(toInt64(sign)) AS counted, [channel, ''] AS of_channels
                        FROM feedback
                        WHERE occurred_at >= toDateTime(greatest(from_s - 8 * week_s - 38 * hour_s, 0), 'UTC') AND occurred_at < toDateTime(until_s, 'UTC')
                            AND (
                                (until_s - 1 - toInt64(toUnixTimestamp(occurred_at))) % week_s < until_s - from_s + 38 * hour_s
                                OR toDate(occurred_at) IN (SELECT arrayJoin([day - 1, day, day + 1]) FROM calendar)
                            )
                            AND time_precision IN ('second', 'minute') AND origin = 'genuine' AND dictGet('hearken.brand_by_name', 'own', brand)
                        GROUP BY brand, channel, topic, hour
                    )
                    ARRAY JOIN of_channels AS of_channel
                    GROUP BY brand, of_channel, topic, kind, hour
                    HAVING counted > 0
                ) AS k
                INNER JOIN
                (
                    SELECT brand, of_channel AS channel, toInt64(toUnixTimestamp(toStartOfHour(min(minute)))) AS first_s
                    FROM feedback_minute
                    ARRAY JOIN [toString(channel), ''] AS of_channel
                    GROUP BY brand, of_channel
                ) AS seen ON seen.brand = k.brand AND seen.channel = k.channel
            ) AS c
            ARRAY JOIN c.targets AS target
            GROUP BY kind, brand, channel, topic, span, cell
        )
    )
)
WHERE kind != 'organic'
COMMENT 'Hours and days unlike their like: v_anomalies(from = ''2026-11-15 00:00:00'', until = ''2026-11-22 00:00:00''), until exclusive, both UTC, nothing later than now. A row per cell (hours is 1 or 24; hours and days of the brand''s own time zone; at is its begin in UTC) of an own brand and key: volume (all feedback of a channel), negative (genuine negative feedback of a channel), topic (genuine feedback that speaks of it, in a channel, and in all with the channel empty), silence (a channel with no feedback at all, told of complete cells). x is the count; the baseline is the same cell of the week over the 8 weeks before, cells without a row being 0, days of the calendar apart: those are compared with days of their kind. With fewer than 4 weeks the 24 hours before stand in (provisional); baselines_n 0 means that nothing can be said. z = (x - median) / max(1.4826 * MAD, sqrt(median), 1). tail is the negative-binomial predictive chance of x or more (of 0, for silence) given the baseline, NULL where z is below 3 or x below 5. fired: tail below 1 / (keys * cells a week) and, of a topic and of negative feedback, the lower end of its share of genuine feedback above baseline_share. Times known to the day alone are left out'
