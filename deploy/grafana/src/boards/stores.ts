import type { Board } from '../board';
import type { Panel } from '../panel';
import { IN_DAYS, chosen, net } from '../sql';
import { atRiskBy } from './customers';
import { nps } from './scores';
import { SAYS, netBy, netByDay, netSentiment, quotes, topics } from './shared';

const STORES_TABLE: Panel = {
  kind: 'table',
  title: 'Stores, worst first',
  view: 'v_net_sentiment',
  means: `(positive − negative) / judged of what is said of each store, genuine feedback of the own brands, with its name and who answers for it. ${SAYS.ADJUSTED_WALD} Below 10 judged nothing is shown.`,
  empty: 'No store has ten judged feedbacks in this window.',
  unit: 'short',
  columns: { net: 'percentunit', low: 'percentunit', high: 'percentunit' },
  leads: { store_id: 'store' },
  width: 12,
  height: 10,
  sql: `SELECT store_id, any(p.store_name) AS store, any(p.city_name) AS city, any(p.answers) AS owner, ${net('net', 'positive', 'negative', 'judged')}, sum(s.judged) AS n
FROM (SELECT * FROM hearken.v_net_sentiment WHERE ${IN_DAYS} AND ${chosen('brand', 'product', 'region', 'store', 'channel', 'language', 'campaign')} AND store_id != '') AS s
LEFT JOIN (SELECT place_id, ifNull(store, name) AS store_name, ifNull(city, '') AS city_name, ifNull(owner, '') AS answers FROM hearken.v_places) AS p ON p.place_id = s.store_id
GROUP BY store_id HAVING n >= 10 ORDER BY net, store_id LIMIT 100`,
};

const REGION_NPS: Panel = {
  kind: 'table',
  title: 'NPS by region',
  view: 'v_nps',
  means: `100 · (promoters − detractors) / n by region of the customer, relationship and transactional apart. ${SAYS.ADJUSTED_WALD} n: answers.`,
  empty: 'No survey was answered in this window.',
  unit: 'none',
  columns: { n: 'short' },
  leads: { region: 'region' },
  width: 12,
  height: 9,
  sql: `SELECT ifNull(s.region, '') AS region, survey_kind, ${net('nps', 'promoters', 'detractors', 'n', 100)}, sum(s.n) AS n
FROM hearken.v_nps AS s WHERE ${IN_DAYS} AND ${chosen('brand', 'product', 'store', 'language')} AND hearken_chosen('\${region:percentencode}', s.region)
GROUP BY region, survey_kind HAVING n > 0 ORDER BY nps, region, survey_kind LIMIT 100`,
};

/** For those who run stores and regions: which one, what is said there, and by whom it is answered for. */
export const STORES: Board = {
  name: 'store-and-region',
  title: 'store and region',
  description: 'Which stores and regions please and which do not, what is said there, and who answers for them.',
  panels: [
    netSentiment(6),
    nps('transactional', 6),
    netBy('region', 'Regions, worst first', 'No region has ten judged feedbacks in this window.', 12, 'region'),
    netByDay(12),
    REGION_NPS,
    STORES_TABLE,
    topics('What is said of stores', 12, "own AND store_id != ''"),
    atRiskBy('store_id', 'Revenue at risk by store', 12),
    atRiskBy('owner', 'Revenue at risk by who answers for it', 12),
    quotes('What they say of stores', "own AND origin = 'genuine' AND store_id != '' AND polarity = 'negative'", 24),
  ],
};
