-- Orders {first} to {first} + {count} of one for every ten feedback: one to three states each.
INSERT INTO hearken.orders
(
    record_id, source, order_id, customer_id, status, occurred_at, time_precision, updated_at, received_at, written_at, amount, currency,
    `items.product_id`, `items.quantity`, `items.amount`, store_id, brand, region, src_topic, src_partition, src_offset, in_topic,
    in_partition, in_offset, in_epoch, crc, content_crc
)
WITH
    (salt, n) -> cityHash64(number, salt) % n AS dice,
    toDateTime64('2026-09-02 00:00:00', 3, 'UTC') + toIntervalMillisecond(toInt64(number * 10 * 90 * 86400000 / {rows})) AS ordered_at,
    arrayJoin(arraySlice([(0, 'paid'), (26, 'shipped'), (75, if(cityHash64(number, 'end') % 20 = 0, 'refunded', 'delivered'))], 1, 1 + cityHash64(number, 'states') % 3)) AS state,
    ordered_at + toIntervalHour(state.1) AS changed_at,
    toDecimal64(20 + dice('amount', 40000) / 100, 4) AS price
SELECT
    reinterpretAsUUID(MD5(concat('order ', toString(number), state.2))),
    'shop',
    concat('o', toString(number)),
    if(dice('known', 100) < 90, concat('c', toString(dice('customer', {customers}))), NULL),
    state.2,
    ordered_at,
    'second',
    changed_at,
    changed_at + toIntervalMillisecond(500),
    changed_at + toIntervalMillisecond(2000),
    price,
    ['CNY', 'CNY', 'CNY', 'EUR', 'USD'][1 + dice('currency', 5)],
    [concat('p', toString(dice('product', 300)))],
    [1],
    [price],
    if(dice('has store', 100) < 40, concat('s', toString(dice('store', 200))), NULL),
    ['Alba', 'Birch', 'Cedar', 'Dune'][1 + dice('brand', 4)],
    concat('region-', toString(dice('region', 12))),
    'operations.raw.orders.v1',
    number % 6,
    intDiv(number, 6),
    'operations.normalized.v1',
    number % 6,
    intDiv(number, 6),
    0,
    toUInt32(cityHash64(number, state.2)),
    toUInt32(cityHash64(number, state.2, 'content'))
FROM numbers({first}, {count})
