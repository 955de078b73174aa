// Panels of survey scores.

import type { Panel } from '../panel';
import { DAY_AS_TIME, IN_DAYS, WEEK_AS_TIME, WINDOW, chosen, net, share } from '../sql';
import { SAYS } from './shared';

const OF_ANSWERS = chosen('brand', 'product', 'region', 'store', 'language');

/** Returns the NPS of one kind of survey as one number; the two kinds are never pooled. */
export function nps(kind: 'relationship' | 'transactional', width: number): Panel {
  return {
    kind: 'stat',
    title: `NPS, ${kind}`,
    view: 'v_nps',
    means: `100 · (promoters − detractors) / n over ${kind} answers on 0–10, from −100 to 100; passives are in n. ${SAYS.ADJUSTED_WALD} n: answers.`,
    empty: `No ${kind} survey was answered in this window.`,
    unit: 'none',
    columns: { n: 'short' },
    width,
    height: 5,
    sql: `SELECT ${net('nps', 'promoters', 'detractors', 'n', 100)}, sum(s.n) AS n
FROM hearken.v_nps AS s WHERE survey_kind = '${kind}' AND ${IN_DAYS} AND ${OF_ANSWERS}`,
  };
}

/** Returns the NPS by week, a line for each kind of survey. */
export function npsByWeek(width: number): Panel {
  return {
    kind: 'series',
    title: 'NPS by week',
    view: 'v_nps',
    means: '100 · (promoters − detractors) / n of the week that begins on Monday, a line for each kind of survey: relationship and transactional are never pooled. Passives are in n. The interval of a week stands in the view.',
    empty: 'No survey was answered in this window.',
    unit: 'none',
    width,
    height: 8,
    sql: `SELECT ${WEEK_AS_TIME}, survey_kind, 100 * hearken_net(sum(s.promoters), sum(s.detractors), sum(s.n)) AS nps
FROM hearken.v_nps AS s WHERE ${IN_DAYS} AND ${OF_ANSWERS}
GROUP BY time, survey_kind HAVING sum(s.n) > 0 ORDER BY time, survey_kind`,
  };
}

/** Returns satisfaction as one number. */
export function csat(width: number): Panel {
  return {
    kind: 'stat',
    title: 'Satisfied (CSAT)',
    view: 'v_csat',
    means: `Share of answers in the top two boxes: 4–5 of 5, 6–7 of 7. ${SAYS.WILSON} n: answers.`,
    empty: 'Nobody was asked for satisfaction in this window.',
    unit: 'percentunit',
    columns: { n: 'short' },
    width,
    height: 5,
    sql: `SELECT ${share('csat', 'top_two', 'n')}, sum(s.n) AS n
FROM hearken.v_csat AS s WHERE ${IN_DAYS} AND ${OF_ANSWERS}`,
  };
}

/** Returns ease as one number: of the 7-point agree scale alone. */
export function ease(width: number): Panel {
  return {
    kind: 'stat',
    title: 'Found it easy (CES)',
    view: 'v_ces',
    means: `Share of 5–7 among answers on the 7-point agree scale; other scales are not in it. ${SAYS.WILSON} n: answers.`,
    empty: 'Nobody was asked on the 7-point agree scale in this window.',
    unit: 'percentunit',
    columns: { n: 'short' },
    width,
    height: 5,
    sql: `SELECT ${share('easy', 'agreed', 'n')}, sum(s.n) AS n
FROM hearken.v_ces AS s WHERE scale_max = 7 AND direction = 'agree' AND ${IN_DAYS} AND ${OF_ANSWERS}`,
  };
}

/** Returns satisfaction and ease by day. */
export function serviceByDay(width: number): Panel {
  return {
    kind: 'series',
    title: 'Satisfaction by day',
    view: 'v_csat',
    means: 'Share of answers in the top two boxes a day of the brand\'s own time zone, with its 95 % interval (Wilson) as a band. n of a day: in the view.',
    empty: 'Nobody was asked for satisfaction in this window.',
    unit: 'percentunit',
    width,
    height: 8,
    sql: `SELECT ${DAY_AS_TIME}, ${share('csat', 'top_two', 'n')}
FROM hearken.v_csat AS s WHERE ${IN_DAYS} AND ${OF_ANSWERS}
GROUP BY time HAVING sum(s.n) > 0 ORDER BY time`,
  };
}

/** Returns satisfaction and ease by touchpoint. */
export function scoresByTouchpoint(width: number): Panel {
  return {
    kind: 'table',
    title: 'Satisfaction by touchpoint',
    view: 'v_csat',
    means: `Share of answers in the top two boxes for each touchpoint, worst first. ${SAYS.WILSON} n: answers.`,
    empty: 'Nobody was asked for satisfaction in this window.',
    unit: 'short',
    columns: { csat: 'percentunit', low: 'percentunit', high: 'percentunit' },
    width,
    height: 8,
    sql: `SELECT ifNull(nullIf(touchpoint, ''), 'not said') AS at, ${share('csat', 'top_two', 'n')}, sum(s.n) AS n
FROM hearken.v_csat AS s WHERE ${IN_DAYS} AND ${OF_ANSWERS}
GROUP BY at HAVING n > 0 ORDER BY csat, at LIMIT 50`,
  };
}

/** Returns what changed against the window of the same length before. */
export function changes(width: number): Panel {
  return {
    kind: 'table',
    title: 'What changed against the time before',
    view: 'v_score_changes',
    means: 'Every score of the window beside the window of the same length before; relationship and transactional apart, every scale apart. significant: |change| > 1.96 · √(se₁² + se₂²). NPS from −100 to 100; csat, ces and net_sentiment are shares.',
    empty: 'No score was measured in this window.',
    unit: 'none',
    columns: { n: 'short', previous_n: 'short' },
    width,
    height: 8,
    sql: `SELECT brand, metric, survey_kind, scale, round(value, 3) AS value, round(low, 3) AS low, round(high, 3) AS high, n,
  round(previous, 3) AS previous, previous_n, round(change, 3) AS change, significant
FROM hearken.v_score_changes(${WINDOW}) WHERE ${chosen('brand')}
ORDER BY significant DESC, brand, metric, survey_kind, scale LIMIT 100`,
  };
}

/** Returns how many answered what they were sent. */
export function responses(width: number): Panel {
  return {
    kind: 'table',
    title: 'Who answers',
    view: 'v_survey_responses',
    means: 'Answers of each survey. sent_known: answers whose time of sending is known; the hours from sending to answering are the median day\'s. The response rate is empty where nobody says how many were sent.',
    empty: 'No survey was answered in this window.',
    unit: 'short',
    columns: { hours: 'h', response_rate: 'percentunit' },
    width,
    height: 8,
    sql: `SELECT brand, survey_kind, survey_id, sum(s.answered) AS answered, sum(s.sent_known) AS sent_known,
  median(s.median_hours) AS hours, avg(s.response_rate) AS response_rate
FROM hearken.v_survey_responses AS s WHERE ${IN_DAYS} AND ${chosen('brand')}
GROUP BY brand, survey_kind, survey_id ORDER BY answered DESC, brand, survey_id LIMIT 50`,
  };
}
