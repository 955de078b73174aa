CREATE OR REPLACE VIEW v_bursts
AS SELECT
    min(f.occurred_at)::DateTime('UTC') AS first_at,
    max(f.occurred_at)::DateTime('UTC') AS last_at,
    b.brand AS brand,
    b.channel AS channel,
    count() AS posts,
    uniqExact(ifNull(f.author_key, ifNull(f.customer_id, toString(f.feedback_id)))) AS authors,
    b.leader AS simhash,
    substringUTF8(minIf(f.text, f.simhash = b.leader), 1, 200) AS sample,
    (authors >= 5)::Bool AS suspected_coordinated
FROM
(
    SELECT feedback_id, brand, channel, occurred_at, toStartOfHour(occurred_at)::DateTime('UTC') AS hour, simhash, text, author_key, customer_id
    FROM v_feedback
    WHERE occurred_at >= {from:DateTime('UTC')} AND occurred_at < {until:DateTime('UTC')} AND isNotNull(simhash)
        AND time_precision IN ('second', 'minute')
        -- Short praise is alike without anybody arranging it: 12 Chinese characters, or 36 Latin letters.
        AND length(text) >= 36
) AS f
INNER JOIN
(
    SELECT
        brand, channel, kept.1 AS first_s, kept.2 AS last_s, kept.4 AS leader,
        toDateTime(arrayJoin(range(toUInt64(intDiv(first_s, 3600)), toUInt64(intDiv(last_s, 3600) + 1))) * 3600, 'UTC') AS hour
    FROM
    (
        SELECT
            brand, channel,
            arraySort(group -> (-group.3, group.1, group.4), groupArray(found)) AS groups,
            -- One burst is found by several quarters of the simhash, and in several wordings: the largest group stands for it.
            arrayJoin(arrayFilter(
                (group, index) -> NOT arrayExists(
                    larger -> bitCount(bitXor(larger.4, group.4)) <= 8 AND larger.1 <= group.2 + 180 AND larger.2 + 180 >= group.1,
                    arraySlice(groups, 1, index - 1)
                ),
                groups, arrayEnumerate(groups)
            )) AS kept
        FROM
        (
            SELECT
                brand, channel,
                -- The most frequent wording of those that share this quarter.
                arrayReduce('topK(1, 100)', members.2)[1] AS leader,
                arrayFilter(member -> bitCount(bitXor(member.2, leader)) <= 8, members) AS near,
                arrayJoin(arraySplit((member, gap) -> gap > 180, near, arrayDifference(near.1))) AS session,
                (session[1].1, session[-1].1, length(session), leader) AS found
            FROM
            (
                SELECT brand, channel, bucket, quarter, arraySort(groupArray((at_s, hash))) AS members
                FROM
                (
                    SELECT
                        brand, channel, toInt64(toUnixTimestamp(occurred_at)) AS at_s, assumeNotNull(simhash) AS hash,
                        arrayJoin([
                            (0, bitAnd(hash, 65535)), (1, bitAnd(bitShiftRight(hash, 16), 65535)),
                            (2, bitAnd(bitShiftRight(hash, 32), 65535)), (3, bitShiftRight(hash, 48))
                        ]) AS quarter,
                        -- An hour and a quarter more: what crosses the hour is whole in one of the two.
                        arrayJoin(arrayDistinct([intDiv(at_s, 3600), intDiv(at_s - 900, 3600)])) AS bucket
                    FROM v_feedback
                    WHERE occurred_at >= {from:DateTime('UTC')} AND occurred_at < {until:DateTime('UTC')} AND isNotNull(simhash)
                        AND time_precision IN ('second', 'minute') AND length(text) >= 36 AND own
                )
                GROUP BY brand, channel, bucket, quarter
                HAVING count() >= 20
            )
        )
        WHERE found.3 >= 20
        GROUP BY brand, channel
    )
) AS b ON b.brand = f.brand AND b.channel = f.channel AND b.hour = f.hour
WHERE bitCount(bitXor(assumeNotNull(f.simhash), b.leader)) <= 8
    AND toInt64(toUnixTimestamp(f.occurred_at)) BETWEEN b.first_s - 180 AND b.last_s + 180
GROUP BY brand, channel, b.leader, b.first_s
COMMENT 'Nearly the same words many times within minutes: v_bursts(from = ''2026-11-15 00:00:00'', until = ''2026-11-22 00:00:00''), until exclusive, both UTC. A row per burst: 20 or more posts about an own brand in a channel, at most 8 of 64 bits of simhash from their most frequent wording (simhash, sample) and three minutes from the next; one whose wordings never share a quarter of the simhash is not seen. Short words (under 36 bytes: 12 Chinese characters) are no burst however often they come. suspected_coordinated where five or more authors post. Nothing is deleted and no other number changes by it'
