// Panels that explain scores: drivers, Kano, themes, trends, incidents.

import type { Panel } from '../panel';
import { WINDOW, chosen } from '../sql';

/** Returns the driver matrix as a picture. */
export function driverMatrix(width: number): Panel {
  return {
    kind: 'points',
    title: 'Driver matrix',
    view: 'v_driver_matrix',
    means: 'Each point is an aspect: to the right, how well it is done (performance); upwards, how much of the score it explains (importance: its share of R², Johnson\'s relative weights). The points "cut" are the means of both: above it and to its left is what to improve. Correlational. Of each brand the kind of survey with most answers. Computed by hearken insights; the time picker does not move it. Intervals: in the table of drivers.',
    empty: 'No drivers yet: hearken insights computes them, and needs answers to learn from.',
    unit: 'percentunit',
    x: 'performance',
    y: 'importance share',
    each: 'driver',
    width,
    height: 12,
    sql: `WITH scopes AS (
  SELECT brand, argMax(survey_kind, n) AS kind FROM hearken.v_drivers WHERE metric = 'nps' AND basis = 'text' AND ${chosen('brand')} GROUP BY brand
), shown AS (
  SELECT * FROM hearken.v_driver_matrix WHERE metric = 'nps' AND basis = 'text' AND (brand, survey_kind) IN scopes
)
SELECT concat(m.driver, ' (', ifNull(m.quadrant, ''), ')', if((SELECT uniqExact(brand) FROM shown) > 1, concat(', ', m.brand), '')) AS driver, m.performance AS performance,
  m.share AS "importance share", m.n AS n, m.mentions AS mentions
FROM shown AS m WHERE isNotNull(m.performance)
UNION ALL
SELECT concat('cut ', c.brand) AS driver, any(c.performance_cut), any(if(c.r2 > 0, c.importance_cut / c.r2, NULL)), any(c.n), 0
FROM shown AS c GROUP BY c.brand`,
  };
}

/** Returns the drivers with their intervals. */
export function drivers(width: number): Panel {
  return {
    kind: 'table',
    title: 'Drivers of the score',
    view: 'v_drivers',
    means: 'share: how much of R² an aspect carries (relative weights ε / R²); low and high: the 95 % bootstrap interval of ε; lmg: the exact Shapley value beside it, empty over 12 drivers; n: answers, mentions: those that speak of it. A driver that is not significant is marked, not dropped. Correlational.',
    empty: 'No drivers yet: hearken insights computes them, and needs answers to learn from.',
    unit: 'short',
    columns: { share: 'percentunit' },
    width,
    height: 10,
    sql: `SELECT brand, metric, survey_kind, basis, driver, direction, share, round(importance, 4) AS importance, round(low, 4) AS low, round(high, 4) AS high,
  round(lmg, 4) AS lmg, significant, round(performance, 3) AS performance, mentions, n, round(r2, 3) AS r2
FROM hearken.v_drivers WHERE ${chosen('brand')}
ORDER BY brand, metric, survey_kind, basis, importance DESC, driver LIMIT 200`,
  };
}

/** Returns Kano's diagram as a picture. */
export function kanoMatrix(width: number): Panel {
  return {
    kind: 'points',
    title: 'Kano: what delights and what must be there',
    view: 'v_kano',
    means: 'Each point is a feature: upwards, how much its presence pleases (better = (A+O)/(A+O+M+I)); to the right, how much its absence angers (−worse = (O+M)/(A+O+M+I)). Upper left delights, lower right must be there, upper right counts both ways. Reverse and questionable answers are in neither. Answers whenever given; n in the table.',
    empty: 'No survey asked in pairs (with the feature, without it) yet.',
    unit: 'percentunit',
    x: 'angers when missing',
    y: 'pleases when there',
    each: 'feature',
    width,
    height: 12,
    sql: `SELECT concat(feature, ' (', category, ')') AS feature, -worse AS "angers when missing", better AS "pleases when there", n
FROM hearken.v_kano WHERE n > 0 AND isNotNull(better) AND ${chosen('brand')}
ORDER BY brand, survey_id, feature LIMIT 50`,
  };
}

/** Returns Kano's counts, the survey's class beside the text's. */
export function kano(width: number): Panel {
  return {
    kind: 'table',
    title: 'Kano by survey and by text',
    view: 'v_kano',
    means: 'category: the most frequent of the survey\'s pairs (ties: M > O > A > I), of n answers. text_class: from penalty and reward in what customers write, beside the survey\'s, never instead of it; it needs 30 positive and 30 negative mentions and a bootstrap that agrees (text_agreement).',
    empty: 'No survey asked in pairs yet, and the text has no class yet: hearken insights computes it.',
    unit: 'short',
    columns: { better: 'percentunit', worse: 'percentunit', text_agreement: 'percentunit' },
    width,
    height: 10,
    sql: `SELECT brand, survey_id, feature, category, n, attractive, one_dimensional, must_be, indifferent, reverse, questionable, better, worse,
  text_class, text_positive, text_negative, text_agreement
FROM hearken.v_kano WHERE ${chosen('brand')} ORDER BY brand, survey_id, n DESC, feature LIMIT 100`,
  };
}

/** Returns what NPS would be without each theme. */
export function impact(width: number): Panel {
  return {
    kind: 'table',
    title: 'What each theme costs or brings',
    view: 'v_impact',
    means: 'impact = NPS of all answers − NPS of the answers that do not speak of the theme, in points of NPS: negative where the theme pulls it down. theme_answers of answers speak of it. Correlational; empty where nothing is left without the theme.',
    empty: 'No survey with words was answered in this window.',
    unit: 'none',
    columns: { answers: 'short', theme_answers: 'short' },
    leads: { topic: 'topic' },
    width,
    height: 10,
    sql: `SELECT brand, survey_kind, category, topic, theme_answers, answers, round(nps, 1) AS nps, round(nps_without, 1) AS nps_without, round(impact, 2) AS impact
FROM hearken.v_impact(${WINDOW}) WHERE isNotNull(impact) AND ${chosen('brand')}
ORDER BY impact, brand, survey_kind, topic LIMIT 50`,
  };
}

/** Returns terms whose share changed. */
export function trends(width: number): Panel {
  return {
    kind: 'table',
    title: 'Words that come and go',
    view: 'v_keyword_trends',
    means: 'Terms of the window beside the window of the same length before: share = n / feedback of the brand with terms. z: the change of the share in its standard errors. Steady terms are left out.',
    empty: 'No word came or went in this window.',
    unit: 'short',
    columns: { share: 'percentunit', previous_share: 'percentunit', change: 'percentunit' },
    width,
    height: 10,
    sql: `SELECT brand, term, trend, n, previous_n, share, previous_share, change, round(z, 1) AS z
FROM hearken.v_keyword_trends(${WINDOW}) WHERE trend != 'steady' AND ${chosen('brand')}
ORDER BY abs(z) DESC, brand, term LIMIT 50`,
  };
}

/** Returns what happened that had not before. */
export function incidents(width: number): Panel {
  return {
    kind: 'table',
    title: 'Incidents',
    view: 'v_incidents',
    means: 'Hours in which far more was said than in the same hour of the eight weeks before, or nothing where something always is: one row for each brand, channel and topic as long as it lasts; closed_at is empty while it is open. peak_x: feedback of the worst hour, peak_z: its distance from the baseline\'s median.',
    empty: 'No incident in this window.',
    unit: 'short',
    columns: { opened_at: 'dateTimeAsLocal', closed_at: 'dateTimeAsLocal' },
    leads: { topic: 'topic' },
    width,
    height: 9,
    sql: `SELECT opened_at, closed_at, brand, kind, channel, topic, peak_x, round(peak_z, 1) AS peak_z, hours, mentions, provisional, sample
FROM hearken.v_incidents(${WINDOW}) WHERE ${chosen('brand')} AND (channel = '' OR ${chosen('channel')})
ORDER BY opened_at DESC, brand, kind, channel, topic LIMIT 50`,
  };
}

/** Returns posts that look arranged. */
export function bursts(width: number): Panel {
  return {
    kind: 'table',
    title: 'Posts that look arranged',
    view: 'v_bursts',
    means: 'Nearly the same words from many authors within minutes: posts and authors of each burst, with a sample. Nothing is deleted; such posts are only marked. Identical short praise is no burst.',
    empty: 'No burst of nearly identical posts in this window.',
    unit: 'short',
    columns: { first_at: 'dateTimeAsLocal', last_at: 'dateTimeAsLocal' },
    width,
    height: 8,
    sql: `SELECT first_at, last_at, brand, channel, posts, authors, suspected_coordinated, sample
FROM hearken.v_bursts(${WINDOW}) WHERE ${chosen('brand', 'channel')}
ORDER BY posts DESC, first_at, brand LIMIT 50`,
  };
}
