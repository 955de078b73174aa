-- Sixty days of an invented retailer, until the hour that is now: enough of everything that each panel has something to show.
-- One statement each, ended by a semicolon at the end of a line; the catalog is the one of deploy/local.

INSERT INTO hearken.feedback (
    feedback_id, version, sign, arrival, channel, source, source_id, occurred_at, time_precision, received_at, enriched_at, written_at,
    customer_id, author_key, brand, product_id, store_id, campaign, touchpoint, journey_stage, region, title, text, rating_value, rating_scale_max, resolved,
    survey_id, survey_kind, sent_at,
    answers.question_id, answers.kind, answers.feature, answers.value, answers.scale_max, answers.direction, answers.text,
    language, sentiment, sentiment_score, keywords.term, keywords.stem, keywords.score,
    aspects.category, aspects.topic, aspects.touchpoint, aspects.polarity, aspects.score, aspects.start, aspects.end,
    intents.kind, intents.confidence, intents.start, intents.end, effort, origin, simhash, enricher_version, src_topic, src_offset)
WITH
    part -> sipHash64(number, part) AS draw,
    toDateTime64(toStartOfHour(now('UTC')), 3, 'UTC') - toIntervalSecond(60 + number * 864) AS at,
    ['review', 'chat', 'social', 'survey'][draw('channel') % 4 + 1] AS said_in,
    ['orvantle', 'orvantle', 'pelluvio', 'pelluvio', 'quendrisa'][draw('brand') % 5 + 1] AS of_brand,
    [('product', 'quality', 'product page'), ('delivery', 'speed', 'courier'), ('service', 'support', 'customer service'), ('staff attitude', 'rudeness', 'store'), ('digital', 'crash', 'app')][draw('topic') % 5 + 1] AS about,
    -- Delivery got better in the last two weeks, and reviews are kinder than posts.
    (draw('mood') % 100 < 30 + 30 * (about.2 = 'speed' AND number > 1400) + 20 * (said_in = 'social') ? 'negative' : ['neutral', 'positive', 'positive', 'mixed'][draw('kind') % 4 + 1]) AS mood,
    draw('survey') % 3 = 0 AS is_relationship,
    multiIf(mood = 'negative', draw('nps') % 7, mood = 'positive', 8 + draw('nps') % 3, 5 + draw('nps') % 4) AS recommends,
    if(said_in != 'survey', [], if(is_relationship,
        [('nps', 'nps', NULL, recommends, 10, NULL, NULL), ('wrap+', 'kano_functional', 'gift-wrap', 1 + draw('kano') % 3, 5, NULL, NULL), ('wrap-', 'kano_dysfunctional', 'gift-wrap', 3 + draw('kano2') % 3, 5, NULL, NULL)],
        [('nps', 'nps', NULL, recommends, 10, NULL, NULL), ('sat', 'csat', NULL, 1 + intDiv(recommends, 2.5), 5, NULL, NULL), ('ease', 'ces', NULL, 1 + draw('ease') % 7, 7, 'agree', NULL)])
    )::Array(Tuple(String, String, Nullable(String), Nullable(Float32), Nullable(Float32), Nullable(String), Nullable(String))) AS given
SELECT
    reinterpretAsUUID(sipHash128('feedback', number)), 65540, 1, 1, said_in, concat(said_in, '-source'), toString(number), at, 'second',
    at + toIntervalSecond(5), at + toIntervalSecond(6), at + toIntervalSecond(7),
    if(draw('known') % 5 = 0, NULL, concat('C', toString(draw('customer') % 150))), if(said_in = 'social', toString(draw('author') % 900), NULL),
    of_brand, if(of_brand = 'orvantle', ['OV-RC-300', 'OV-DL-120', NULL], ['PV-DJ-070', 'PV-TB-040', NULL])[draw('product') % 3 + 1],
    if(of_brand = 'quendrisa' OR said_in = 'social', NULL, ['store-wutongwan', 'store-xingqiao', 'store-ahornplatz', NULL][draw('store') % 4 + 1]),
    if(said_in = 'social', ['member-day', 'new-colours', NULL][draw('campaign') % 3 + 1], NULL), about.3, hearken_stage(about.3), ['east', 'south', 'coast'][draw('region') % 3 + 1], NULL,
    concat('关于', about.2, '的话 ', toString(number)), if(said_in = 'review', multiIf(mood = 'negative', 1, mood = 'positive', 5, 3), NULL), if(said_in = 'review', 5, NULL),
    if(said_in = 'chat', draw('resolved') % 2, NULL),
    if(said_in = 'survey', if(is_relationship, 'yearly', 'after-purchase'), NULL), if(said_in = 'survey', if(is_relationship, 'relationship', 'transactional'), NULL),
    if(said_in = 'survey', at - toIntervalHour(9), NULL),
    given.1, given.2, given.3, given.4, given.5, given.6, given.7,
    ['zh-Hans', 'en', 'de'][draw('language') % 3 + 1], mood, transform(mood, ['negative', 'positive'], [-0.8, 0.8], 0),
    if(number < 900, ['质量', about.2, '新词 & <b>'], ['质量', about.2]) AS terms, terms, arrayMap(term -> 1, terms),
    [about.1], [about.2], [about.3], [transform(mood, ['negative', 'positive'], ['negative', 'positive'], 'neutral')], [transform(mood, ['negative', 'positive'], [-0.8, 0.8], 0)], [2], [6],
    multiIf(mood != 'negative', ['praise'], draw('churn') % 4 = 0, ['churn', 'complaint'], ['complaint']) AS wants, arrayMap(want -> 0.9, wants), arrayMap(want -> 0, wants), arrayMap(want -> 2, wants),
    ['high', 'low', NULL][draw('effort') % 3 + 1], if(number % 50 = 7, 'default_praise', 'genuine'), draw('words'), 4, 'feedback.raw.reviews.v1', number
FROM numbers(6000);

-- Three hours ago eighty accounts post the same within four minutes.
INSERT INTO hearken.feedback (
    feedback_id, version, sign, arrival, channel, source, source_id, occurred_at, time_precision, received_at, enriched_at, written_at,
    author_key, brand, journey_stage, text, language, sentiment, sentiment_score,
    aspects.category, aspects.topic, aspects.touchpoint, aspects.polarity, aspects.score, aspects.start, aspects.end, origin, simhash, enricher_version, src_topic, src_offset)
WITH toDateTime64(toStartOfHour(now('UTC')), 3, 'UTC') - toIntervalHour(3) + toIntervalSecond(number * 3) AS at
SELECT
    reinterpretAsUUID(sipHash128('burst', number)), 65540, 1, 1, 'social', 'social-source', concat('burst-', toString(number)), at, 'second', at, at, at,
    concat('new-', toString(number)), 'orvantle', 'use', '千万别买这个品牌的扫地机器人用了三天就冒烟客服还骂人', 'zh-Hans', 'negative', -0.9,
    ['product'], ['smoke'], [NULL], ['negative'], [-0.9], [19], [21], 'genuine', 1234567890123456789, 4, 'feedback.raw.social.v1', number
FROM numbers(80);

-- A brand whose name is an attack, spoken of once.
INSERT INTO hearken.feedback (feedback_id, version, sign, arrival, channel, source, source_id, occurred_at, time_precision, received_at, brand, text, sentiment, origin,
    aspects.category, aspects.topic, aspects.touchpoint, aspects.polarity, aspects.score, aspects.start, aspects.end)
SELECT reinterpretAsUUID(sipHash128('attack')), 65540, 1, 1, 'social', 'social-source', 'attack', toStartOfHour(now('UTC')) - toIntervalHour(1), 'second', now('UTC'),
    unhex('4F27427269656E223B2044524F50205441424C452078202D2D205C'), 'said of the attack', 'negative', 'genuine', ['product'], ['quality'], [NULL], ['negative'], [-1], [0], [4];

INSERT INTO hearken.orders (record_id, source, order_id, customer_id, status, occurred_at, time_precision, updated_at, received_at, amount, currency, store_id, brand, region, src_topic, src_offset)
WITH number % 150 AS customer, intDiv(number, 150) AS nth, toDateTime64(toStartOfHour(now('UTC')), 3, 'UTC') - toIntervalHour(1 + 24 * 6 * nth + customer) AS at
SELECT reinterpretAsUUID(sipHash128('order', number)), 'shop', concat('O', toString(number)), concat('C', toString(customer)), 'delivered', at, 'second', at, at,
    100 + customer, 'CNY', 'store-wutongwan', if(customer % 2 = 0, 'orvantle', 'pelluvio'), 'east', 'operations.raw.orders.v1', number
-- Every fifth customer bought nothing in the last five weeks.
FROM numbers(1500) WHERE customer % 5 != 0 OR nth > 5;

INSERT INTO hearken.visits (record_id, source, visit_id, customer_id, visitor_id, occurred_at, time_precision, received_at, page, event, touchpoint, brand, src_topic, src_offset)
WITH number % 150 AS customer, intDiv(number, 150) AS nth, toDateTime64(toStartOfHour(now('UTC')), 3, 'UTC') - toIntervalHour(2 + 24 * 6 * nth + customer) AS at
SELECT reinterpretAsUUID(sipHash128('visit', number)), 'site', concat('V', toString(number)), if(number % 3 = 0, NULL, concat('C', toString(customer))), concat('D', toString(customer)), at, 'second', at,
    '/cart', if(number % 4 = 0, 'bounce', 'view'), ['cart', 'website', 'product page'][number % 7 % 3 + 1], if(customer % 2 = 0, 'orvantle', 'pelluvio'), 'operations.raw.visits.v1', number
FROM numbers(1500);

INSERT INTO hearken.customers (record_id, source, customer_id, updated_at, received_at, name, segment, region, owner, status, src_topic, src_offset)
SELECT reinterpretAsUUID(sipHash128('customer', number)), 'crm', concat('C', toString(number)), now('UTC') - toIntervalDay(70), now('UTC') - toIntervalDay(70), 'Somebody',
    ['valued', 'new'][number % 2 + 1], 'east', ['Li', 'Wu'][number % 2 + 1], 'active', 'operations.raw.customers.v1', number
FROM numbers(150);

INSERT INTO hearken.dead_letters (stage, reason, detail, at_topic, at_partition, at_offset, received_at, written_at, src_topic, src_partition, src_offset, size_bytes, excerpt)
SELECT 'ingest', 'time_without_zone', 'occurred_at names no zone', 'feedback.raw.reviews.v1', 0, number, toStartOfHour(now('UTC')) - toIntervalHour(1), toStartOfHour(now('UTC')) - toIntervalHour(1),
    'feedback.raw.reviews.v1', 0, number, 200, '{"text":"…"}'
FROM numbers(3);

INSERT INTO hearken.outcomes (kind, record_id, version, received_at, written_at, src_topic, src_offset)
SELECT ['repeat', 'stale'][number % 2 + 1], reinterpretAsUUID(sipHash128('outcome', number)), 1, toStartOfHour(now('UTC')) - toIntervalHour(2), toStartOfHour(now('UTC')) - toIntervalHour(2), 'feedback.raw.chats.v1', number
FROM numbers(4);

INSERT INTO hearken.indicators (id, parent, name, brand, metric, scope, weight, target) VALUES
    ('all', '', 'Customer experience', '', '', {}, 1, 60), ('mood', 'all', 'What they say', '', 'net_sentiment', {}, 0.6, 0.3), ('nps', 'all', 'Would recommend', '', 'nps', {'survey_kind': 'relationship'}, 0.4, 20);

INSERT INTO hearken.actions (action_id, what, owner, started_at, topic, brand)
SELECT reinterpretAsUUID(sipHash128('action')), 'Another courier in the east', 'Li', now('UTC') - toIntervalDay(14), 'speed', '';

INSERT INTO hearken.driver_importance (brand, metric, survey_kind, basis, driver, from, until, computed_at, seed, n, mentions, r2, importance, low, high, significant, lmg, direction, performance)
SELECT brand, 'nps', 'transactional', 'text', driver.1, now('UTC') - toIntervalDay(60), now('UTC'), now('UTC'), 1, 400, 90, 0.4, driver.2, driver.2 - 0.05, driver.2 + 0.05, driver.2 > 0.06, driver.2, '+', driver.3
FROM (SELECT arrayJoin(['orvantle', 'pelluvio']) AS brand, arrayJoin([('speed', 0.2, -0.3), ('quality', 0.15, 0.2), ('crash', 0.05, -0.1)]) AS driver);

INSERT INTO hearken.text_kano (brand, metric, survey_kind, feature, from, until, computed_at, seed, n, r2, positive, negative, class, penalty, reward, agreement)
SELECT 'orvantle', 'nps', 'transactional', 'speed', now('UTC') - toIntervalDay(60), now('UTC'), now('UTC'), 1, 400, 0.4, 60, 40, 'M', 0.3, 0.02, 0.9;

-- Where the catalog names no currency: the one that everything is told in is worth itself.
INSERT INTO hearken.fx_rates (day, currency, reporting, rate)
SELECT '1970-01-01', 'CNY', 'CNY', 1 FROM (SELECT count() AS n FROM hearken.fx_rates) WHERE n = 0;;

-- Four hundred alerts over sixty days, each with a case: most are answered in time, some late, the newest not at all; some are handed over.
INSERT INTO hearken.alerts (alert_id, rule, subject_kind, subject, severity, occurred_at, time_precision, received_at, seen_at, alert_at, paged, brand, channel, store_id, customer_key, tier, case_id)
WITH toDateTime64(toStartOfHour(now('UTC')), 3, 'UTC') - toIntervalMinute(30 + number * 216) AS at
SELECT reinterpretAsUUID(sipHash128('alert', number)), ['leaving', 'two_negatives', 'safety'][number % 3 + 1], 'customer', concat('C', toString(number % 150)), 'high', at, 'second',
    at + 4, at + 5, at + 7, number % 7 != 0, if(number % 2 = 0, 'orvantle', 'pelluvio'), 'chat', 'store-wutongwan', concat('C', toString(number % 150)), 'loyal', reinterpretAsUUID(sipHash128('case', number))
FROM numbers(400);

INSERT INTO hearken.cases (case_id, alert_id, rule, subject_kind, subject, customer_key, brand, channel, store_id, severity, tier, owner, department, routed_by, paged,
    occurred_at, time_precision, received_at, opened_at, customer_due_at, due_at)
SELECT assumeNotNull(case_id), alert_id, rule, subject_kind, subject, customer_key, brand, channel, store_id, severity, tier, if(brand = 'orvantle', 'li', 'wu'),
    if(brand = 'orvantle', 'shop', 'service'), 'store', paged, occurred_at, time_precision, received_at, alert_at, occurred_at + INTERVAL 2 HOUR, received_at + INTERVAL 3 HOUR
FROM hearken.alerts;

INSERT INTO hearken.case_events (event_id, case_id, at, kind, state, actor, by_human, owner, department, amount, currency)
WITH event.1 AS kind, sipHash64(subject, opened_at) % 10 AS draw
SELECT reinterpretAsUUID(sipHash128('event', case_id, kind)), case_id, opened_at + toIntervalMinute(event.2 * if(draw < 2, 10, 1)), kind, event.3, 'li', kind != 'opened',
    if(kind = 'handed_over', 'chen', ''), if(kind = 'handed_over', 'quality', ''), if(kind = 'compensated', 20, NULL), if(kind = 'compensated', 'CNY', '')
FROM hearken.cases
ARRAY JOIN [('opened', 0, 'open'), ('handed_over', 10, ''), ('contacted', 40, 'contacted'), ('compensated', 45, ''), ('wrong_reason', 50, ''), ('closed', 100, 'closed')] AS event
WHERE (kind != 'handed_over' OR draw = 3) AND (kind != 'compensated' OR draw = 4) AND (kind != 'wrong_reason' OR draw = 5)
    AND (kind = 'opened' OR (draw < 9 AND opened_at < now('UTC') - INTERVAL 1 DAY));

INSERT INTO hearken.messages (message_id, kind, channel, owner, case_id, alert_id, urgent, created_at, notice)
SELECT reinterpretAsUUID(sipHash128('message', alert_id)), 'alert', 'wecom', 'li', case_id, alert_id, false, alert_at, '{}' FROM hearken.alerts WHERE paged;

INSERT INTO hearken.deliveries (message_id, at, outcome, attempt, status, latency_ms, error)
SELECT message_id, created_at + 1, if(sipHash64(message_id) % 10 = 0, 'given_up', 'delivered'), 1, if(sipHash64(message_id) % 10 = 0, 503, 200), 80, if(sipHash64(message_id) % 10 = 0, 'busy', '')
FROM hearken.messages;

-- Who was asked how a case went.
INSERT INTO hearken.feedback (feedback_id, version, sign, arrival, channel, source, source_id, occurred_at, time_precision, received_at, brand, customer_id, case_id, survey_id, survey_kind,
    answers.question_id, answers.kind, answers.feature, answers.value, answers.scale_max, answers.direction, answers.text, text, origin)
SELECT reinterpretAsUUID(sipHash128('asked', number)), 65540, 1, 1, 'survey', 'survey-source', concat('asked-', toString(number)),
    toStartOfHour(now('UTC')) - toIntervalHour(12 + number) AS at, 'second', at, if(number % 2 = 0, 'orvantle', 'pelluvio'), concat('C', toString(number % 150)), toString(reinterpretAsUUID(sipHash128('case', number))),
    'after-case', 'transactional', ['nps'], ['nps'], [NULL], [9], [10], [NULL], [NULL], '', 'genuine'
FROM numbers(120);
