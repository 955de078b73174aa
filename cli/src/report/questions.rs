//! What the views are asked, a question a part of the page. Columns are named as the rows of `hearken-report` are.
//!
//! `$from` and `$until` are instants in UTC, `$from_day` and `$until_day` days, `$before` begins the window before; `$of_brands` is a
//! condition on `brand`, `$zone` the zone that times are shown in. Scores are never averaged: counts are added up and the formulas asked.

/// A question and the part of the report it fills.
pub(super) struct Question {
    pub(super) field: &'static str,
    /// Whether the answer is one row, not a list.
    pub(super) is_one: bool,
    pub(super) sql: &'static str,
}

const fn list(field: &'static str, sql: &'static str) -> Question {
    Question { field, is_one: false, sql }
}

const fn one(field: &'static str, sql: &'static str) -> Question {
    Question { field, is_one: true, sql }
}

/// Numbers as numbers, what is no number as NULL.
pub(super) const SETTINGS: &str = "output_format_json_quote_64bit_integers = 0, output_format_json_quote_denormals = 0";

/// The zone that all own brands share, else UTC.
pub(super) const ZONE: &str =
    "SELECT if(uniqExact(business_time_zone) = 1 AND any(business_time_zone) != '', any(business_time_zone), 'UTC')
  FROM brands WHERE own AND $of_brands";

/// All questions; together they are the page.
pub(super) const QUESTIONS: &[Question] = &[
    list("brands", BRANDS),
    one("newest", NEWEST),
    one("totals", TOTALS),
    list("scores", SCORES),
    list("responses", RESPONSES),
    list("days", DAYS),
    list("models", MODELS),
    list("stages", STAGES),
    list("coverage", COVERAGE),
    list("indicators", INDICATORS),
    list("topics", TOPICS),
    list("quotes", QUOTES),
    list("impacts", IMPACTS),
    list("channels", CHANNELS),
    list("drivers", DRIVERS),
    list("features", FEATURES),
    list("words", WORDS),
    list("trends", TRENDS),
    list("incidents", INCIDENTS),
    list("bursts", BURSTS),
    list("voices", VOICES),
    list("at_risk", AT_RISK),
    list("exposed", EXPOSED),
    list("last_words", LAST_WORDS),
    list("retention", RETENTION),
    list("actions", ACTIONS),
];

const BRANDS: &str = "SELECT brand, sum(s.n) AS said FROM v_net_sentiment AS s
  WHERE day >= $from_day AND day < $until_day AND brand != '' AND $of_brands
  GROUP BY brand HAVING said > 0 ORDER BY said DESC, brand";

const NEWEST: &str = "SELECT toTimeZone(max(occurred_at), $zone) AS at FROM feedback
  WHERE sign = 1 AND occurred_at < $until AND $of_brands HAVING count() > 0";

const TOTALS: &str = "SELECT sumIf(s.n, day >= $from_day) AS n, sumIf(s.excluded, day >= $from_day) AS excluded,
    sumIf(s.judged, day >= $from_day) AS judged, sumIf(s.positive, day >= $from_day) AS liked, sumIf(s.negative, day >= $from_day) AS disliked,
    hearken_net(liked, disliked, judged) AS net, hearken_net_low(liked, disliked, judged) AS net_low,
    hearken_net_high(liked, disliked, judged) AS net_high, sumIf(s.n, day < $from_day) AS previous_n,
    (SELECT toInt64(countIf(isNotNull(customer_id))) FROM v_feedback
      WHERE own AND origin = 'genuine' AND occurred_at >= $from AND occurred_at < $until AND $of_brands) AS known
  FROM v_net_sentiment AS s WHERE day >= $before_day AND day < $until_day AND $of_brands";

const SCORES: &str = "SELECT * FROM v_score_changes(from = $from, until = $until) WHERE $of_brands
  ORDER BY brand, indexOf(['nps', 'csat', 'ces', 'net_sentiment'], metric), survey_kind, scale";

const RESPONSES: &str = "SELECT brand, survey_kind, survey_id, sum(r.answered) AS answered
  FROM v_survey_responses AS r WHERE day >= $from_day AND day < $until_day AND $of_brands
  GROUP BY brand, survey_kind, survey_id HAVING answered > 0 ORDER BY brand, survey_kind, survey_id";

const DAYS: &str =
    "SELECT day, sum(s.n) AS n, sum(s.excluded) AS excluded, sum(s.judged) AS judged, sum(s.negative) AS negative,
    sum(s.positive) AS positive, hearken_net(positive, negative, judged) AS net,
    hearken_net_low(positive, negative, judged) AS net_low, hearken_net_high(positive, negative, judged) AS net_high
  FROM v_net_sentiment AS s WHERE day >= $from_day AND day < $until_day AND $of_brands GROUP BY day ORDER BY day";

const MODELS: &str = "SELECT toInt64(enricher_version) AS version, min(day) AS first_day FROM v_net_sentiment AS s
  WHERE day >= $from_day AND day < $until_day AND s.judged > 0 AND $of_brands GROUP BY version ORDER BY first_day, version";

const STAGES: &str = "SELECT journey_stage AS stage, sum(j.n) AS n, sum(j.judged) AS judged, sum(j.positive) AS liked,
    sum(j.negative) AS disliked, hearken_net(liked, disliked, judged) AS net, hearken_net_low(liked, disliked, judged) AS net_low,
    hearken_net_high(liked, disliked, judged) AS net_high, sum(j.visits) AS visits, sum(j.bounces) AS left_at_once,
    sum(j.known_visits) AS known_visits, sum(j.converted) AS bought,
    if(visits > 0, left_at_once / visits, NULL) AS bounce_rate, hearken_share_low(left_at_once, visits) AS bounce_low,
    hearken_share_high(left_at_once, visits) AS bounce_high, if(known_visits > 0, bought / known_visits, NULL) AS conversion,
    hearken_share_low(bought, known_visits) AS conversion_low, hearken_share_high(bought, known_visits) AS conversion_high
  FROM v_journey AS j WHERE day >= $from_day AND day < $until_day AND $of_brands GROUP BY stage ORDER BY stage";

const COVERAGE: &str =
    "SELECT journey_stage AS stage, touchpoint, max(c.measured)::Bool AS measured FROM v_coverage AS c WHERE $of_brands
  GROUP BY stage, touchpoint ORDER BY stage, touchpoint";

const INDICATORS: &str = "SELECT id, parent, name, weight, metric, unit, target, actual, score, gap, coverage, n
  FROM v_indicators(from = $from, until = $until) ORDER BY level, parent, id";

const TOPICS: &str = "SELECT category, topic, toInt64(countIf(occurred_at >= $from)) AS mentions,
    toInt64(countIf(occurred_at >= $from AND polarity = 'negative')) AS negative,
    toInt64(countIf(occurred_at >= $from AND polarity = 'positive')) AS positive,
    hearken_net(positive, negative, mentions) AS net, hearken_net_low(positive, negative, mentions) AS net_low,
    hearken_net_high(positive, negative, mentions) AS net_high, toInt64(countIf(occurred_at < $from)) AS previous_mentions,
    toInt64(countIf(occurred_at < $from AND polarity = 'negative')) AS disliked,
    toInt64(countIf(occurred_at < $from AND polarity = 'positive')) AS liked,
    net - hearken_net(liked, disliked, previous_mentions) AS change,
    (abs(change) > hearken_margin(hearken_net_error(positive, negative, mentions), hearken_net_error(liked, disliked, previous_mentions)))::Nullable(Bool)
      AS significant
  FROM v_quotes WHERE own AND origin = 'genuine' AND occurred_at >= $before AND occurred_at < $until AND $of_brands
  GROUP BY category, topic HAVING mentions > 0 ORDER BY mentions DESC, category, topic";

const QUOTES: &str = "SELECT * FROM (
  SELECT category, topic, polarity, quote, text, channel, brand,
    coalesce(nullIf(dictGet('hearken.product_by_id', 'name', sipHash64(ifNull(product_id, ''))), ''), product_id, '') AS product,
    coalesce(nullIf(dictGet('hearken.place_by_id', 'name', sipHash64(ifNull(store_id, ''))), ''), store_id, '') AS store,
    language, toDate(toTimeZone(occurred_at, $zone)) AS day, abs(score) AS strength, occurred_at
  FROM v_quotes
  WHERE own AND origin = 'genuine' AND polarity IN ('negative', 'positive') AND quote != '' AND occurred_at >= $from AND occurred_at < $until
    AND $of_brands
  ORDER BY strength DESC, occurred_at DESC, text LIMIT 1 BY category, topic, polarity, lowerUTF8(quote))
  ORDER BY category, topic, polarity, language = $language DESC, lengthUTF8(text) BETWEEN 12 AND 180 DESC, strength DESC, occurred_at DESC, text
  LIMIT 2 BY category, topic, polarity";

const IMPACTS: &str = "SELECT brand, survey_kind, topic, answers, theme_answers, nps, nps_without, impact
  FROM v_impact(from = $from, until = $until) WHERE isNotNull(impact) AND $of_brands
  ORDER BY abs(impact) DESC, brand, survey_kind, topic LIMIT 40";

const CHANNELS: &str = "SELECT brand, category, topic, channel, mentions, net, net_low, net_high, gap, significant
  FROM v_channel_gap(from = $from, until = $until) WHERE $of_brands ORDER BY brand, topic, channel";

const DRIVERS: &str = "SELECT brand, metric, survey_kind, basis, driver, toDate(toTimeZone(from, $zone)) AS from,
    toDate(toTimeZone(until, $zone)) AS until, n, mentions, r2, importance, share, low, high, significant, direction, performance,
    performance_cut, importance_cut, quadrant
  FROM v_driver_matrix WHERE $of_brands ORDER BY brand, metric, survey_kind, basis, importance DESC, driver";

const FEATURES: &str =
    "SELECT brand, survey_id, feature, n, attractive, one_dimensional, must_be, indifferent, reverse, questionable,
    category, better, worse, text_class, text_positive, text_negative
  FROM v_kano WHERE $of_brands ORDER BY n DESC, brand, feature LIMIT 40";

const WORDS: &str = "SELECT term, toInt64(sum(w.n)) AS n, sum(w.n * w.net) / n AS net FROM v_word_cloud(from = $from, until = $until) AS w
  WHERE $of_brands GROUP BY term ORDER BY n DESC, term LIMIT 90";

const TRENDS: &str = "SELECT brand, term, n, previous_n, share, previous_share, trend, z
  FROM v_keyword_trends(from = $from, until = $until) WHERE trend != 'steady' AND $of_brands
  ORDER BY abs(z) DESC, brand, term LIMIT 8 BY trend";

const INCIDENTS: &str =
    "SELECT toTimeZone(opened_at, $zone) AS opened_at, toTimeZone(closed_at, $zone) AS closed_at, brand, kind, channel,
    topic, peak_x, peak_z, mentions, ifNull(sample, '') AS sample
  FROM v_incidents(from = $from, until = $until) WHERE $of_brands
  ORDER BY opened_at DESC, peak_z DESC, brand, kind, channel, topic";

const BURSTS: &str = "SELECT toTimeZone(first_at, $zone) AS first_at, toTimeZone(last_at, $zone) AS last_at, brand, channel, posts, authors,
    sample, suspected_coordinated
  FROM v_bursts(from = $from, until = $until) WHERE $of_brands ORDER BY posts DESC, first_at, brand, channel";

const VOICES: &str = "SELECT c.brand AS brand, max(c.own)::Bool AS own, sum(c.n) AS n, sum(c.judged) AS judged, sum(c.positive) AS liked,
    sum(c.negative) AS disliked, hearken_net(liked, disliked, judged) AS net, hearken_net_low(liked, disliked, judged) AS net_low,
    hearken_net_high(liked, disliked, judged) AS net_high, any(voice.mentions) / nullIf(any(voice.of_all), 0) AS share,
    sum(c.rated) AS rated, if(rated > 0, sum(ifNull(c.rating_share_mean, 0) * c.rated) / rated, NULL) AS rating
  FROM v_brand_comparison AS c
  LEFT JOIN
  (
    SELECT brand, sum(s.mentions) AS mentions, sum(sum(s.mentions)) OVER () AS of_all FROM v_share_of_voice AS s
    WHERE day >= $from_day AND day < $until_day GROUP BY brand
  ) AS voice ON voice.brand = c.brand
  WHERE c.day >= $from_day AND c.day < $until_day AND (NOT c.own OR $of_brands)
  GROUP BY brand ORDER BY own DESC, n DESC, brand";

const AT_RISK: &str = "SELECT customer_key AS customer, ifNull(owner, '') AS owner,
    coalesce(nullIf(dictGet('hearken.place_by_id', 'name', sipHash64(ifNull(store_id, ''))), ''), store_id, '') AS store,
    coalesce(reason, if(says_leaving, 'churn', 'other')) AS reason, toDate(toTimeZone(at, $zone)) AS day, text AS quote, revenue,
    ifNull(currency, '') AS currency, tier, '' AS language
  FROM v_revenue_at_risk(as_of = $until) WHERE revenue > 0 ORDER BY revenue DESC, customer LIMIT 12";

const EXPOSED: &str = "SELECT coalesce(reason, if(says_leaving, 'churn', 'other')) AS reason, toInt64(count()) AS customers,
    sum(r.revenue) AS revenue, max(ifNull(r.currency, '')) AS currency, toInt64(sum(r.unconverted_orders)) AS unconverted_orders
  FROM v_revenue_at_risk(as_of = $until) AS r GROUP BY reason ORDER BY revenue DESC NULLS LAST, reason";

const LAST_WORDS: &str = "SELECT customer_key AS customer, toDate(toTimeZone(at, $zone)) AS day, text AS quote, ifNull(topic, '') AS topic,
    toDate(toTimeZone(last_order_at, $zone)) AS last_order, '' AS language
  FROM v_last_words(as_of = $until) WHERE sentiment = 'negative' AND $of_brands ORDER BY revenue DESC NULLS LAST, customer LIMIT 6";

const RETENTION: &str =
    "SELECT brand, sentiment_group, customers, known_share, retained, left_ AS left, unknown_ AS unknown, retention,
    retention_low, retention_high
  FROM v_retention(from = $from, until = $until) WHERE $of_brands
  ORDER BY brand, indexOf(['negative', 'mixed', 'neutral', 'positive', 'none'], sentiment_group)";

const ACTIONS: &str =
    "SELECT what, owner, toDate(toTimeZone(started_at, $zone)) AS started, scope, days, before_n, before_net, after_n,
    after_net, other_before_net, other_after_net, effect, effect_low, effect_high, verdict
  FROM v_action_effect(as_of = $until) ORDER BY started_at DESC, what";
