// Panels of customers, their money and what was done for them.

import type { Panel } from '../panel';
import { AS_OF, WINDOW, chosen } from '../sql';

/** Returns the money of customers who are angry or leaving, as one number. */
export function atRisk(width: number): Panel {
  return {
    kind: 'stat',
    title: 'Revenue at risk',
    view: 'v_revenue_at_risk',
    means: 'What known customers with an unresolved severe complaint or the wish to leave ordered in the last 12 months before the window\'s end, in the reporting currency: money exposed, no forecast. Customers whose orders have no exchange rate are in customers and not in revenue.',
    empty: 'Nobody known is at risk at the end of this window.',
    unit: 'short',
    width,
    height: 5,
    sql: `SELECT if(count(revenue) > 0, sum(revenue), NULL) AS revenue, count() AS customers
FROM hearken.v_revenue_at_risk(${AS_OF}) WHERE ${chosen('region', 'store')}`,
  };
}

/** Returns the money at risk by a column of the view. */
export function atRiskBy(column: 'reason' | 'owner' | 'store_id', title: string, width: number): Panel {
  return {
    kind: 'table',
    title,
    view: 'v_revenue_at_risk',
    means: `Revenue of the last 12 months of known customers with an unresolved severe complaint or the wish to leave, by ${column}: money exposed, no forecast, in the reporting currency. n: customers.`,
    empty: 'Nobody known is at risk at the end of this window.',
    unit: 'short',
    ...(column === 'store_id' ? { leads: { store_id: 'store' } } : {}),
    width,
    height: 9,
    sql: `SELECT ifNull(nullIf(${column}, ''), 'not known') AS ${column === 'store_id' ? 'store_id' : column}, count() AS n, sum(r.revenue) AS revenue, any(currency) AS currency,
  sum(r.unconverted_orders) AS unconverted_orders
FROM hearken.v_revenue_at_risk(${AS_OF}) AS r WHERE ${chosen('region', 'store')}
GROUP BY 1 ORDER BY revenue DESC, n DESC, 1 LIMIT 50`,
  };
}

/** Returns who is at risk, with what they said. */
export function whoIsAtRisk(width: number): Panel {
  return {
    kind: 'table',
    title: 'Who is at risk, and what they said',
    view: 'v_revenue_at_risk',
    means: 'Known customers with an unresolved severe complaint or the wish to leave, most revenue of the last 12 months first. revenue is empty where no exchange rate is known (unconverted_orders counts those).',
    empty: 'Nobody known is at risk at the end of this window.',
    unit: 'short',
    columns: { at: 'dateTimeAsLocal' },
    width,
    height: 10,
    sql: `SELECT customer_key, tier, owner, store_id, region, reason, at, quote, revenue, currency, unconverted_orders
FROM hearken.v_revenue_at_risk(${AS_OF}) WHERE ${chosen('region', 'store')}
ORDER BY revenue DESC NULLS LAST, customer_key, at LIMIT 100`,
  };
}

/** Returns whether customers came back, by how they had spoken. */
export function retention(width: number): Panel {
  return {
    kind: 'table',
    title: 'Do they come back?',
    view: 'v_retention',
    means: 'Known customers who spoke in the window, by how they spoke, and where they stand at its end: retention = retained / (retained + left), unknown not in it, with its 95 % interval (Wilson). left: subscription ended, or no order within three times the usual interval (three orders at least). known_share: of all who spoke.',
    empty: 'No known customer spoke in this window.',
    unit: 'short',
    columns: { known_share: 'percentunit', retention: 'percentunit', retention_low: 'percentunit', retention_high: 'percentunit' },
    width,
    height: 9,
    sql: `SELECT brand, sentiment_group, customers, known_share, retained, left_ AS left, unknown_ AS unknown, retention, retention_low, retention_high
FROM hearken.v_retention(${WINDOW}) WHERE ${chosen('brand')}
ORDER BY brand, indexOf(['negative', 'mixed', 'neutral', 'positive', 'none'], sentiment_group) LIMIT 100`,
  };
}

/** Returns how valuable customers are. */
export function tiers(width: number): Panel {
  return {
    kind: 'table',
    title: 'Customers by value',
    view: 'v_customer_value',
    means: 'Every known customer in exactly one tier, by quintiles of recency, frequency and money of the last 12 months before the window\'s end. n: customers; revenue in the reporting currency.',
    empty: 'No customer is known yet.',
    unit: 'short',
    width,
    height: 9,
    sql: `SELECT tier, count() AS n, sum(c.orders) AS orders, sum(c.revenue) AS revenue, any(currency) AS currency, sum(c.unconverted_orders) AS unconverted_orders
FROM hearken.v_customer_value(${AS_OF}) AS c
GROUP BY tier ORDER BY indexOf(['champion', 'loyal', 'promising', 'needs_attention', 'hibernating', 'no_orders'], tier)`,
  };
}

/** Returns what customers said last before they fell silent. */
export function lastWords(width: number): Panel {
  return {
    kind: 'table',
    title: 'Last words',
    view: 'v_last_words',
    means: 'What customers who left or fell silent said last before the window\'s end, and the days since; most revenue of the last 12 months first. state: ended, left, leaving or silent; the page of v_last_words says when each.',
    empty: 'Nobody known has fallen silent at the end of this window.',
    unit: 'short',
    columns: { at: 'dateTimeAsLocal', last_order_at: 'dateTimeAsLocal' },
    leads: { topic: 'topic' },
    width,
    height: 10,
    sql: `SELECT customer_key, state, at, days_since, channel, brand, topic, quote, last_order_at, revenue, currency, tier, owner
FROM hearken.v_last_words(${AS_OF}) WHERE ${chosen('brand', 'channel')}
ORDER BY revenue DESC NULLS LAST, customer_key LIMIT 100`,
  };
}

/** Returns what actions did. */
export function actions(width: number): Panel {
  return {
    kind: 'table',
    title: 'What was done, and whether it helped',
    view: 'v_action_effect',
    means: 'effect = (net after − net before) where the action applies − the same everywhere else, with its 95 % interval; net = (positive − negative) / n. Observational: other things changed too. "too early" while n is small.',
    empty: 'No action was recorded: hearken actions add records one.',
    unit: 'percentunit',
    columns: { before_n: 'short', after_n: 'short', days: 'short', started_at: 'dateTimeAsLocal' },
    width,
    height: 9,
    sql: `SELECT what, owner, started_at, scope, days, before_n, before_net, after_n, after_net, effect, effect_low, effect_high, verdict
FROM hearken.v_action_effect(${AS_OF}) ORDER BY started_at DESC, what LIMIT 50`,
  };
}

/** Returns the tree of indicators with its targets. */
export function indicators(width: number): Panel {
  return {
    kind: 'table',
    title: 'Indicators and targets',
    view: 'v_indicators',
    means: 'The tree of indicators: actual in the metric\'s own unit, score brought to 0–100, gap = actual − target. A parent is the weighted mean of the children that were measured; coverage is their share of the weight. n: what was counted below.',
    empty: 'The catalog names no indicators: see [[indicators]] in deploy/local/catalog.toml.',
    unit: 'none',
    columns: { coverage: 'percentunit', weight: 'percentunit', n: 'short' },
    width,
    height: 9,
    sql: `SELECT concat(repeat('  ', toUInt64(level)), name) AS indicator, weight, metric, round(target, 3) AS target, round(actual, 3) AS actual, round(gap, 3) AS gap,
  round(score, 1) AS score, coverage, n
FROM hearken.v_indicators(${WINDOW}) ORDER BY level, parent, id LIMIT 200`,
  };
}
