-- Customers {first} to {first} + {count}: one or two profiles each, one in ten with a handle that authors of feedback bear, one in a
-- hundred with the id of another customer, who is the same person.
INSERT INTO hearken.customers
(
    record_id, source, customer_id, updated_at, received_at, written_at, deleted, name, segment, region, owner, consent_contact, status,
    `aliases.type`, `aliases.key`, src_topic, src_partition, src_offset, in_topic, in_partition, in_offset, in_epoch, crc, content_crc
)
WITH
    (salt, n) -> cityHash64(number, salt) % n AS dice,
    arrayJoin(range(1 + cityHash64(number, 'profiles') % 2)) AS nth,
    toDateTime64('2026-08-01 00:00:00', 3, 'UTC') + toIntervalMinute(dice('since', 40000) + nth * 70000) AS changed_at
SELECT
    reinterpretAsUUID(MD5(concat('customer ', toString(number), ' ', toString(nth)))),
    'crm',
    concat('c', toString(number)),
    changed_at,
    changed_at + toIntervalMillisecond(500),
    changed_at + toIntervalMillisecond(2000),
    dice('deleted', 1000) = 0 AND nth = 1,
    concat('Customer ', toString(number)),
    ['gold', 'silver', 'silver', 'bronze', 'bronze', 'bronze'][1 + dice('segment', 6)],
    concat('region-', toString(dice('region', 12))),
    concat('owner ', toString(dice('owner', 40))),
    dice('consent', 10) < 7,
    if(dice('ended', 100) < 4, 'ended', 'active'),
    arrayConcat(['phone'], if(dice('handle', 10) = 0, ['handle'], []), if(dice('merged', 100) = 0, ['customer_id'], [])) AS types,
    arrayMap(
        type -> multiIf(
            type = 'phone', hex(sipHash128(number, 'phone')),
            type = 'handle', hex(sipHash128(dice('author', {customers} * 5))),
            concat('c', toString(dice('same person', {customers})))
        ),
        types
    ),
    'operations.raw.customers.v1',
    number % 6,
    intDiv(number, 6),
    'operations.normalized.v1',
    number % 6,
    intDiv(number, 6),
    0,
    toUInt32(cityHash64(number, nth)),
    toUInt32(cityHash64(number, nth, 'content'))
FROM numbers({first}, {count})
