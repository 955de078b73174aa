// Panels of the customer's journey.

import type { Panel } from '../panel';
import { IN_DAYS, WINDOW, chosen, net, share } from '../sql';
import { SAYS } from './shared';

/** Returns net sentiment of the seven stages, in their order. */
export function stages(width: number): Panel {
  return {
    kind: 'table',
    title: 'The journey, stage by stage',
    view: 'v_journey',
    means: `net = (positive − negative) / judged in each of the seven stages and where the stage is unknown (unmapped): an aspect counts in the stage of its own touchpoint. ${SAYS.ADJUSTED_WALD} bounce_rate = bounces / visits, conversion: share of the visits of known customers with an order within 24 hours. n: genuine mentions.`,
    empty: 'Nothing was measured in any stage in this window.',
    unit: 'short',
    columns: { net: 'percentunit', low: 'percentunit', high: 'percentunit', bounce_rate: 'percentunit', conversion: 'percentunit' },
    width,
    height: 9,
    sql: `SELECT journey_stage AS stage, ${net('net', 'positive', 'negative', 'judged')}, sum(s.n) AS n, sum(s.visits) AS visits,
  if(visits > 0, sum(s.bounces) / visits, NULL) AS bounce_rate, if(sum(s.known_visits) > 0, sum(s.converted) / sum(s.known_visits), NULL) AS conversion
FROM hearken.v_journey AS s WHERE ${IN_DAYS} AND ${chosen('brand')}
GROUP BY stage
ORDER BY indexOf(['awareness', 'discovery', 'interest', 'consideration', 'action', 'use', 'advocacy', 'unmapped'], stage)`,
  };
}

/** Returns the stages as bars. */
export function stageBars(width: number): Panel {
  return {
    kind: 'bars',
    title: 'Net sentiment along the journey',
    view: 'v_journey',
    means: '(positive − negative) / judged in each stage of the journey, genuine feedback of the own brands; the interval stands in the table of the service board. A stage without a bar was not measured.',
    empty: 'Nothing was measured in any stage in this window.',
    unit: 'percentunit',
    width,
    height: 9,
    sql: `SELECT journey_stage AS stage, hearken_net(sum(s.positive), sum(s.negative), sum(s.judged)) AS net
FROM hearken.v_journey AS s WHERE ${IN_DAYS} AND ${chosen('brand')}
GROUP BY stage
ORDER BY indexOf(['awareness', 'discovery', 'interest', 'consideration', 'action', 'use', 'advocacy', 'unmapped'], stage)`,
  };
}

/** Returns the touchpoints, worst first. */
export function touchpoints(width: number): Panel {
  return {
    kind: 'table',
    title: 'Touchpoints, worst first',
    view: 'v_journey_touchpoints',
    means: `net = (positive − negative) / judged at each touchpoint, an aspect at its own. ${SAYS.ADJUSTED_WALD} conversion: share of the visits of known customers with an order within 24 hours. Below 10 judged nothing is shown.`,
    empty: 'No touchpoint has ten judged mentions in this window.',
    unit: 'short',
    columns: { net: 'percentunit', low: 'percentunit', high: 'percentunit', conversion: 'percentunit' },
    width,
    height: 9,
    sql: `SELECT touchpoint, journey_stage AS stage, ${net('net', 'positive', 'negative', 'judged')}, sum(s.judged) AS n,
  if(sum(s.known_visits) > 0, sum(s.converted) / sum(s.known_visits), NULL) AS conversion
FROM hearken.v_journey_touchpoints AS s WHERE ${IN_DAYS} AND ${chosen('brand')}
GROUP BY touchpoint, stage HAVING n >= 10 ORDER BY net, touchpoint, stage LIMIT 50`,
  };
}

/** Returns what is measured at all. */
export function coverage(width: number): Panel {
  return {
    kind: 'table',
    title: 'What is measured, and what is not',
    view: 'v_coverage',
    means: 'Every touchpoint of the catalog and every one that came without being in it (unmapped), with all feedback, answers and visits there are of it, whenever they came. measured is false where nothing was ever heard.',
    empty: 'The catalog names no touchpoint: hearken catalog load writes it.',
    unit: 'short',
    columns: { last_at: 'dateTimeAsLocal' },
    width,
    height: 9,
    sql: `SELECT journey_stage AS stage, touchpoint, department, sum(s.feedback) AS feedback, sum(s.survey_answers) AS answers, sum(s.visits) AS visits,
  max(s.last_at) AS last_at, max(s.measured) AS measured
FROM hearken.v_coverage AS s WHERE ${chosen('brand')} OR s.brand = ''
GROUP BY stage, touchpoint, department ORDER BY measured, stage, touchpoint LIMIT 200`,
  };
}

/** Returns topics that one channel judges otherwise than the rest. */
export function channelGap(width: number): Panel {
  return {
    kind: 'table',
    title: 'Judged otherwise in one channel',
    view: 'v_channel_gap',
    means: 'The same topic in one channel and in all others: gap = net there − net elsewhere, with its 95 % interval; net = (positive − negative) / mentions. significant: the interval leaves 0 out.',
    empty: 'No topic is judged otherwise in one channel than elsewhere in this window.',
    unit: 'short',
    columns: { net: 'percentunit', elsewhere_net: 'percentunit', gap: 'percentunit', gap_low: 'percentunit', gap_high: 'percentunit' },
    leads: { topic: 'topic', channel: 'channel' },
    width,
    height: 9,
    sql: `SELECT brand, category, topic, channel, mentions, net, elsewhere_mentions, elsewhere_net, gap, gap_low, gap_high, significant
FROM hearken.v_channel_gap(${WINDOW}) WHERE isNotNull(gap) AND ${chosen('brand', 'channel')}
ORDER BY significant DESC, abs(gap) DESC, brand, topic, channel LIMIT 50`,
  };
}

/** Returns conversion and bounce of the window as one number each. */
export function conversion(width: number): Panel {
  return {
    kind: 'stat',
    title: 'Visits that led to an order',
    view: 'v_journey',
    means: `Share of the visits of known customers at touchpoints of the stage consideration (such as the cart) with an order of the brand within 24 hours. ${SAYS.WILSON} n: such visits.`,
    empty: 'No visit of a known customer came this far in this window.',
    unit: 'percentunit',
    columns: { n: 'short' },
    width,
    height: 5,
    sql: `SELECT ${share('conversion', 'converted', 'known_visits')}, sum(s.known_visits) AS n
FROM hearken.v_journey AS s WHERE journey_stage = 'consideration' AND ${IN_DAYS} AND ${chosen('brand')}`,
  };
}
