CREATE OR REPLACE VIEW v_incidents
AS WITH
    toInt64(toUnixTimestamp({from:DateTime('UTC')})) AS from_s,
    least(toInt64(toUnixTimestamp({until:DateTime('UTC')})), toInt64(toUnixTimestamp(now('UTC')))) AS until_s,
    21600 AS quiet_s
SELECT
    toDateTime(opened_s, 'UTC') AS opened_at,
    if(ended_s + quiet_s <= until_s, toDateTime(ended_s, 'UTC'), NULL) AS closed_at,
    brand,
    kind,
    channel,
    topic,
    peak_x,
    peak_z,
    toDateTime(peak_s, 'UTC') AS peak_at,
    intDiv(ended_s - opened_s, 3600) AS hours,
    provisional,
    mentions,
    sample
FROM
(
    SELECT
        brand, kind, channel, topic, opened_s, ended_s, peak_x, peak_z, peak_s, provisional,
        countIf(told) AS mentions,
        countIf(told AND first_told = rank) AS own_mentions,
        nullIf(argMinIf(quote, (felt, feedback_id), told), '') AS sample
    FROM
    (
        SELECT
            *,
            -- A feedback belongs to the first incident that speaks of it: topics of all channels, of one, then the rest; the larger first.
            min(rank) OVER (PARTITION BY feedback_id, told) AS first_told
        FROM
        (
            SELECT
                i.brand AS brand, i.kind AS kind, i.channel AS channel, i.topic AS topic, i.opened_s AS opened_s, i.ended_s AS ended_s,
                i.peak_x AS peak_x, i.peak_z AS peak_z, i.peak_s AS peak_s, i.provisional AS provisional,
                (multiIf(i.kind = 'topic' AND i.channel = '', 1, i.kind = 'topic', 2, i.kind = 'negative', 3, 4), -i.peak_x, i.topic, i.opened_s)
                    AS rank,
                ifNull(f.feedback_id, toUUID('00000000-0000-0000-0000-000000000000')) AS feedback_id,
                ifNull(f.sentiment_score, 0) AS felt,
                f.occurred_at >= toDateTime(i.opened_s, 'UTC') AND f.occurred_at < toDateTime(i.ended_s, 'UTC')
                    AND i.channel IN ('', f.channel) AND multiIf(
                        i.kind = 'topic', f.origin = 'genuine' AND has(f.topics, i.topic),
                        i.kind = 'negative', f.origin = 'genuine' AND f.sentiment = 'negative',
                        i.kind = 'volume'
                    ) AS is_told,
                ifNull(is_told, false) AS told,
                ifNull(
                    if(
                        i.kind = 'topic',
                        substringUTF8(
                            f.text,
                            f.starts[indexOf(f.topics, i.topic)] + 1,
                            greatest(toInt64(f.ends[indexOf(f.topics, i.topic)]) - f.starts[indexOf(f.topics, i.topic)], 0)
                        ),
                        substringUTF8(f.text, 1, 200)
                    ),
                    ''
                ) AS quote
            FROM
            (
                SELECT
                    feedback_id, brand, channel, occurred_at, toStartOfHour(occurred_at)::DateTime('UTC') AS hour, origin,
                    ifNull(sentiment, '') AS sentiment, sentiment_score, text,
                    aspects.topic AS topics, aspects.start AS starts, aspects.end AS ends
                FROM v_feedback
                WHERE occurred_at >= toDateTime(greatest(from_s - 4 * 86400, 0), 'UTC') AND occurred_at < toDateTime(until_s, 'UTC')
                    AND time_precision IN ('second', 'minute')
            ) AS f
            RIGHT JOIN
            (
                SELECT
                    brand, kind, channel, topic,
                    -- Of a day, the hours that fired themselves, where some did.
                    arrayFilter(
                        cell -> cell.2 - cell.1 = 3600
                            OR NOT arrayExists(other -> other.2 - other.1 = 3600 AND other.1 >= cell.1 AND other.1 < cell.2, session),
                        session
                    ) AS exact,
                    arrayMin(exact.1) AS opened_s,
                    least(arrayMax(exact.2), until_s) AS ended_s,
                    arraySort(cell -> (-cell.4, cell.1), session)[1] AS peak,
                    peak.1 AS peak_s,
                    peak.3 AS peak_x,
                    peak.4 AS peak_z,
                    has(session.5, true)::Bool AS provisional,
                    toDateTime(arrayJoin(range(toUInt64(intDiv(opened_s, 3600)), toUInt64(intDiv(ended_s + 3599, 3600)))) * 3600, 'UTC') AS hour
                FROM
                (
                    -- What fired, cut where nothing did for six hours.
                    SELECT
                        brand, kind, channel, topic,
                        arraySort(groupArray((at_s, at_s + hours * 3600, x, z, provisional))) AS cells,
                        arrayMap(
                            (cell, index) -> index > 1 AND cell.1 > arrayMax(before -> before.2, arraySlice(cells, 1, index - 1)) + quiet_s,
                            cells,
                            arrayEnumerate(cells)
                        ) AS opens,
                        arrayJoin(arraySplit((cell, is_opening) -> is_opening, cells, opens)) AS session
                    FROM
                    (
                        SELECT *, toInt64(toUnixTimestamp(at)) AS at_s
                        FROM v_anomalies(
                            from = toDateTime(greatest(toInt64(toUnixTimestamp({from:DateTime('UTC')})) - 259200, 0), 'UTC'),
                            until = {until:DateTime('UTC')}
                        )
                        WHERE fired
                    )
                    GROUP BY brand, kind, channel, topic
                )
                WHERE ended_s > from_s
            ) AS i ON i.brand = f.brand AND i.hour = f.hour
        )
    )
    GROUP BY brand, kind, channel, topic, opened_s, ended_s, peak_x, peak_z, peak_s, provisional
)
WHERE kind = 'silence' OR own_mentions * 2 >= mentions
COMMENT 'What was unusual, one incident a key at a time: v_incidents(from = ''2026-11-15 00:00:00'', until = ''2026-11-22 00:00:00''), both UTC. Cells of v_anomalies that fired, put together where less than six hours lie between them; opened_at may lie up to three days before from; closed_at is NULL while it is open, hours its length so far. kind, brand, channel and topic are the key (channel empty: all channels); peak_x and peak_z are of its most unusual cell, mentions the feedback in it and sample the words of one, NULL of silence. An incident more than half of whose feedback an earlier-ranked one already tells of (topics of all channels, topics of one, negative, volume; the larger first) is left out. Asked again, late data changes the answer'
