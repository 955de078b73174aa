import type { Board } from '../board';
import type { Panel } from '../panel';
import { AS_OF, DAY_AS_TIME, IN_DAYS, WINDOW, chosen, share } from '../sql';
import { SAYS } from './shared';

const OF_CASES = chosen('brand', 'store');
/** Customers who were alerted in a window as long as the board's that ended 30 days before it: what they did in 30 days is known of all. */
const FOLLOWED = `from = \${__from:date:seconds} - 2592000, until = \${__to:date:seconds} - 2592000, ${AS_OF}, days = 30`;

/** Returns the share of cases that were answered in time by one of the two clocks. */
function met(clock: 'customer' | 'owner', title: string, means: string): Panel {
  return {
    kind: 'stat',
    title,
    view: 'v_sla',
    means: `${means} Cases opened in the window whose time had come by its end; one that nobody answered counts as missed, one not yet due is not counted. ${SAYS.WILSON} n: these cases.`,
    empty: 'No case of this window is due yet.',
    unit: 'percentunit',
    columns: { n: 'short' },
    width: 6,
    height: 5,
    sql: `SELECT ${share('met', `${clock}_met`, `${clock}_due`)}, sum(s.${clock}_due) AS n
FROM hearken.v_sla(${AS_OF}) AS s WHERE ${IN_DAYS} AND ${OF_CASES}`,
  };
}

/** Returns the same by day. */
function metByDay(clock: 'customer' | 'owner', title: string, means: string): Panel {
  return {
    kind: 'series',
    title,
    view: 'v_sla',
    means: `${means} By the day on which the case was opened, the brand's own; days of which nothing is due yet are left out. The band is the 95 % interval (Wilson): a narrow band rests on many cases.`,
    empty: 'No case of this window is due yet.',
    unit: 'percentunit',
    width: 12,
    height: 8,
    sql: `SELECT ${DAY_AS_TIME}, ${share('met', `${clock}_met`, `${clock}_due`)}
FROM hearken.v_sla(${AS_OF}) AS s WHERE ${IN_DAYS} AND ${OF_CASES}
GROUP BY time HAVING sum(s.${clock}_due) > 0 ORDER BY time`,
  };
}

const PROMISE = 'Share of first responses by a person within the time promised to the customer, counted from when the customer spoke.';
const OWNERS = 'Share of first responses by a person within the owner\'s working time, counted from when the record arrived.';

const DELAY: Panel = {
  kind: 'stat',
  title: 'What the sources held back',
  view: 'v_cases',
  means: 'received_at − occurred_at of the cases of this window: time that passed before anybody here could know. The middle case (median) and the slowest of ten (p90), of those whose time is known to the minute (n).',
  empty: 'No case of this window has a time known to the minute.',
  unit: 'ms',
  columns: { n: 'short' },
  width: 6,
  height: 5,
  sql: `SELECT quantileExactInclusiveOrNull(0.5)(source_delay_ms) AS median, quantileExactInclusiveOrNull(0.9)(source_delay_ms) AS p90, count() AS n
FROM hearken.v_cases WHERE $__timeFilter(opened_at) AND time_precision IN ('second', 'minute') AND ${OF_CASES}`,
};

const FIRST_RESPONSE: Panel = {
  kind: 'stat',
  title: 'First response',
  view: 'v_first_response',
  means: 'From the record\'s arrival to the first response of a person, on the clock, nights included: the middle answered case (median) and the slowest of ten (p90). n: answered cases of this window; unanswered: those that still wait, which are in neither.',
  empty: 'No case of this window was answered.',
  unit: 's',
  columns: { n: 'short', unanswered: 'short' },
  width: 6,
  height: 5,
  sql: `SELECT quantileExactInclusiveOrNull(0.5)(waited) AS median, quantileExactInclusiveOrNull(0.9)(waited) AS p90, count(waited) AS n, count() - n AS unanswered
FROM (SELECT dateDiff('second', received_at, first_response_at) AS waited FROM hearken.v_cases WHERE $__timeFilter(opened_at) AND ${OF_CASES})`,
};

const BY_OWNER: Panel = {
  kind: 'table',
  title: 'In time, by owner',
  view: 'v_sla',
  means: `Cases opened in the window by who answered them, or has them now: kept is the share in time by the owner's clock, promise the share by the customer's. ${SAYS.WILSON} due and promised: of how many. past_due: never answered so far.`,
  empty: 'No case of this window is due yet.',
  unit: 'short',
  columns: { kept: 'percentunit', low: 'percentunit', high: 'percentunit', promise: 'percentunit' },
  width: 12,
  height: 9,
  sql: `SELECT department, owner, ${share('kept', 'owner_met', 'owner_due')}, sum(s.owner_due) AS due,
  if(sum(s.customer_due) > 0, sum(s.customer_met) / sum(s.customer_due), NULL) AS promise, sum(s.customer_due) AS promised, sum(s.past_due) AS past_due
FROM hearken.v_sla(${AS_OF}) AS s WHERE ${IN_DAYS} AND ${OF_CASES}
GROUP BY department, owner ORDER BY past_due DESC, kept, department, owner LIMIT 100`,
};

const PAST_DUE: Panel = {
  kind: 'table',
  title: 'Open and past due',
  view: 'v_open_cases',
  means: 'Cases that nobody has answered and whose time is past, the longest first, as of now and whatever the window: late is the time since due_at, promise_broken says that the customer\'s own clock ran out too.',
  empty: 'Nobody waits past the time: well done.',
  unit: 'short',
  columns: { due_at: 'dateTimeAsLocal', late: 's' },
  leads: { store_id: 'store' },
  width: 12,
  height: 9,
  sql: `SELECT owner, department, tier, severity, rule, due_at, late_seconds AS late, past_customer_due AS promise_broken, store_id, brand, customer_key
FROM hearken.v_open_cases WHERE past_due AND ${OF_CASES}
ORDER BY urgent DESC, late DESC, case_id LIMIT 100`,
};

const DEPARTMENTS: Panel = {
  kind: 'table',
  title: 'How long each department had cases',
  view: 'v_case_departments',
  means: 'Of cases opened in the window: how long they lay with each department until its hand-over, the closing or the window\'s end; time on the clock, nights included. came_back: cases that a department got more than once. has_now: those it has.',
  empty: 'No case was opened in this window.',
  unit: 'short',
  columns: { median: 's', p90: 's' },
  width: 12,
  height: 9,
  sql: `SELECT department, count() AS cases, quantileExactInclusive(0.5)(elapsed_seconds) AS median, quantileExactInclusive(0.9)(elapsed_seconds) AS p90,
  countIf(stays > 1) AS came_back, countIf(has_it_now) AS has_now
FROM hearken.v_case_departments(${AS_OF}) WHERE $__timeFilter(opened_at) AND ${chosen('brand')}
GROUP BY department ORDER BY median DESC, department LIMIT 100`,
};

const SAVED: Panel = {
  kind: 'table',
  title: 'Who stayed after an alert',
  view: 'v_save_rate',
  means: `Customers alerted in a window as long as this one that ended 30 days before it, each once, 30 days after: rate = bought / (bought + left), of those who can be judged. ${SAYS.WILSON} unknown: nobody can know. Those nobody spoke to stand beside: observational, the two differ in more than the call.`,
  empty: 'No known customer was alerted in the window 30 days before this one.',
  unit: 'short',
  columns: { rate: 'percentunit', low: 'percentunit', high: 'percentunit' },
  width: 12,
  height: 7,
  sql: `SELECT if(contacted, 'spoken to', 'not spoken to') AS customers, ${share('rate', 'bought', 'judged')},
  sum(s.bought) AS bought, sum(s.left_) AS left, sum(s.unknown_) AS unknown
FROM (SELECT *, bought + left_ AS judged FROM hearken.v_save_rate(${FOLLOWED}) WHERE ${chosen('brand')}) AS s
GROUP BY customers ORDER BY customers DESC`,
};

const RECOVERY: Panel = {
  kind: 'table',
  title: 'What it cost, and whose revenue stayed',
  view: 'v_recovery',
  means: 'In a window as long as this one that ended 30 days before it: compensation given, beside what the saved customers (alerted then, spoken to, bought again within 30 days and not left) had ordered in the 12 months before their alert: money that was there, no forecast. unconverted: amounts without an exchange rate, in no sum.',
  empty: 'Nothing was given and nobody spoken to in the window 30 days before this one.',
  unit: 'short',
  width: 12,
  height: 7,
  sql: `SELECT brand, compensated_cases, cost, unconverted_costs AS unconverted, customers, saved, revenue_kept, currency
FROM hearken.v_recovery(${FOLLOWED}) WHERE ${chosen('brand')} ORDER BY brand`,
};

const PRECISION: Panel = {
  kind: 'table',
  title: 'How often each rule was right',
  view: 'v_alert_precision',
  means: `precision = judged cases of which nobody said that the reason is wrong or that it is no customer / judged. ${SAYS.WILSON} An upper bound: nobody is made to say so, and what a rule missed is not here.`,
  empty: 'No alert was raised in this window.',
  unit: 'short',
  columns: { precision: 'percentunit', low: 'percentunit', high: 'percentunit' },
  width: 12,
  height: 9,
  sql: `SELECT rule, sum(s.alerts) AS alerts, sum(s.cases) AS cases, sum(s.judged) AS judged, sum(s.wrong_reason) AS wrong, sum(s.not_a_customer) AS no_customer,
  ${share('precision', 'right_', 'judged')}
FROM hearken.v_alert_precision(${WINDOW}) AS s WHERE ${chosen('brand')}
GROUP BY rule ORDER BY alerts DESC, rule LIMIT 100`,
};

const SCORES: Panel = {
  kind: 'table',
  title: 'Scores before and after',
  view: 'v_case_scores',
  means: 'Customers who answered the survey that their closed case asked for, and the same question before: difference = after − before, the mean over n pairs with its 95 % interval (Student, from 5 pairs). Who did not answer is in no pair; low scores tend to be followed by higher ones by themselves.',
  empty: 'Nobody answered both before and after a case in this window.',
  unit: 'short',
  width: 12,
  height: 7,
  sql: `SELECT metric, brand, survey_kind, scale, n, before_mean AS before, after_mean AS after, difference, difference_low AS low, difference_high AS high
FROM hearken.v_case_scores(${WINDOW}) WHERE ${chosen('brand')} ORDER BY n DESC, metric, brand, survey_kind, scale LIMIT 100`,
};

const ALERTS: Panel = {
  kind: 'series',
  title: 'Alerts by rule',
  view: 'v_alerts',
  means: 'Alerts raised, for each interval of the window, a line for each rule; whether somebody was told at once (paged) or not. A wave in one rule is an incident or a mistake in the rule.',
  empty: 'No alert was raised in this window.',
  unit: 'short',
  width: 12,
  height: 8,
  sql: `SELECT $__timeInterval(alert_at) AS time, rule, count() AS alerts
FROM hearken.v_alerts WHERE $__timeFilter(alert_at) AND ${chosen('brand', 'store', 'channel')} GROUP BY time, rule ORDER BY time, rule`,
};

const SPEED: Panel = {
  kind: 'stat',
  title: 'From the row to the alert',
  view: 'v_alerts',
  means: 'alert_at − seen_at: what passed since a rule could see the deciding row, the middle alert (p50) and the slowest of a hundred (p99) of this window. n: alerts.',
  empty: 'No alert was raised in this window.',
  unit: 'ms',
  columns: { n: 'short' },
  width: 12,
  height: 8,
  sql: `SELECT quantileExactOrNull(0.5)(seen_ms) AS p50, quantileExactOrNull(0.99)(seen_ms) AS p99, count() AS n
FROM hearken.v_alerts WHERE $__timeFilter(alert_at) AND ${chosen('brand', 'store', 'channel')}`,
};

const DELIVERIES: Panel = {
  kind: 'table',
  title: 'Messages that did not arrive',
  view: 'v_deliveries',
  means: 'Messages decided on in this window that no receiver has taken: failed is tried again, given_up is not (hearken alerts redeliver sends it once more), waiting was not tried yet. error: what the receiver said to the latest one.',
  empty: 'Every message of this window arrived.',
  unit: 'short',
  columns: { oldest: 'dateTimeAsLocal' },
  width: 12,
  height: 8,
  sql: `SELECT channel, kind, outcome, count() AS messages, min(created_at) AS oldest, max(attempts) AS attempts, argMax(error, last_at) AS error
FROM hearken.v_deliveries WHERE $__timeFilter(created_at) AND outcome IN ('failed', 'given_up', 'waiting', 'requeued')
GROUP BY channel, kind, outcome ORDER BY messages DESC, channel, kind, outcome LIMIT 100`,
};

/** For those who answer customers and those who answer for that: who waits, who was in time, what came of it. */
export const CASES: Board = {
  name: 'cases',
  title: 'cases',
  description: 'Whether customers who are about to leave are answered in time, by both clocks, who waits, and what came of it.',
  panels: [
    met('customer', 'Promise to the customer kept', PROMISE),
    met('owner', 'Answered in the owner\'s time', OWNERS),
    FIRST_RESPONSE,
    DELAY,
    metByDay('customer', 'Promise kept, by day', PROMISE),
    metByDay('owner', 'In the owner\'s time, by day', OWNERS),
    PAST_DUE,
    BY_OWNER,
    DEPARTMENTS,
    PRECISION,
    SAVED,
    RECOVERY,
    SCORES,
    DELIVERIES,
    ALERTS,
    SPEED,
  ],
};
