-- Visits {first} to {first} + {count} of three for every ten feedback, an event each.
INSERT INTO hearken.visits
(
    record_id, source, visit_id, customer_id, visitor_id, occurred_at, time_precision, received_at, written_at, page, event, dwell_ms,
    touchpoint, campaign, brand, product_id, src_topic, src_partition, src_offset, in_topic, in_partition, in_offset, in_epoch, crc,
    content_crc
)
WITH
    (salt, n) -> cityHash64(number, salt) % n AS dice,
    toDateTime64('2026-09-02 00:00:00', 3, 'UTC') + toIntervalMillisecond(toInt64(number * 10 / 3 * 90 * 86400000 / {rows})) AS seen_at
SELECT
    reinterpretAsUUID(MD5(concat('visit ', toString(number)))),
    concat('site-', toString(1 + dice('source', 2))),
    -- Three events a visit, one after the other.
    concat('v', toString(intDiv(number, 3))),
    if(cityHash64(intDiv(number, 3), 'known') % 100 < 40, concat('c', toString(cityHash64(intDiv(number, 3), 'customer') % {customers})), NULL),
    hex(cityHash64(intDiv(number, 3), 'device')),
    seen_at,
    'second',
    seen_at + toIntervalMillisecond(500),
    seen_at + toIntervalMillisecond(2000),
    concat('/page/', toString(dice('page', 80))),
    ['view', 'view', 'view', 'view', 'bounce', 'bounce', 'add_to_cart', 'form'][1 + dice('event', 8)],
    dice('dwell', 90000),
    concat('touchpoint ', toString(dice('touchpoint', 30))),
    if(dice('has campaign', 100) < 20, concat('campaign-', toString(dice('campaign', 12))), NULL),
    ['Alba', 'Birch', 'Cedar', 'Dune'][1 + cityHash64(intDiv(number, 3), 'brand') % 4],
    if(dice('has product', 100) < 60, concat('p', toString(dice('product', 300))), NULL),
    'operations.raw.visits.v1',
    number % 6,
    intDiv(number, 6),
    'operations.normalized.v1',
    number % 6,
    intDiv(number, 6),
    0,
    toUInt32(cityHash64(number)),
    toUInt32(cityHash64(number, 'content'))
FROM numbers({first}, {count})
