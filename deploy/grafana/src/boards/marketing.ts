import type { Board } from '../board';
import type { Panel } from '../panel';
import { DAY_AS_TIME, IN_DAYS, chosen, net } from '../sql';
import { bursts, incidents, trends } from './insights';
import { conversion, stages } from './journey';
import { SAYS, netBy, netSentiment, quotes, topics, wordCloud } from './shared';

const BRANDS: Panel = {
  kind: 'table',
  title: 'Own brands and competitors',
  view: 'v_brand_comparison',
  means: `Own and competing brands side by side: net = (positive − negative) / judged of genuine feedback. ${SAYS.ADJUSTED_WALD} Competitors are seen through public channels alone: compare with care.`,
  empty: 'No brand was spoken of in this window.',
  unit: 'short',
  columns: { net: 'percentunit', low: 'percentunit', high: 'percentunit' },
  leads: { brand: 'brand' },
  width: 12,
  height: 8,
  sql: `SELECT brand, own, ${net('net', 'positive', 'negative', 'judged')}, sum(s.n) AS feedback, sum(s.excluded) AS excluded
FROM hearken.v_brand_comparison AS s WHERE ${IN_DAYS} AND ${chosen('brand')}
GROUP BY brand, own ORDER BY own DESC, net DESC, brand LIMIT 50`,
};

const BRANDS_BY_DAY: Panel = {
  kind: 'series',
  title: 'Net sentiment of brands by day',
  view: 'v_brand_comparison',
  means: '(positive − negative) / judged a day of the brand\'s own time zone, a line for each brand, own and competing; the intervals stand in the table beside.',
  empty: 'No brand was spoken of in this window.',
  unit: 'percentunit',
  width: 12,
  height: 8,
  sql: `SELECT ${DAY_AS_TIME}, brand, hearken_net(sum(s.positive), sum(s.negative), sum(s.judged)) AS net
FROM hearken.v_brand_comparison AS s WHERE ${IN_DAYS} AND ${chosen('brand')}
GROUP BY time, brand HAVING sum(s.judged) > 0 ORDER BY time, brand`,
};

const VOICE: Panel = {
  kind: 'series',
  title: 'Share of voice',
  view: 'v_share_of_voice',
  means: 'Share of mentions of each brand in those of all brands that day, own and competing: of all brands that sources speak of, chosen or not. It depends on the sources that were connected.',
  empty: 'No brand was spoken of in this window.',
  unit: 'percentunit',
  width: 12,
  height: 8,
  sql: `SELECT ${DAY_AS_TIME}, brand, sum(s.share) AS share
FROM hearken.v_share_of_voice AS s WHERE ${IN_DAYS} AND ${chosen('brand')}
GROUP BY time, brand ORDER BY time, brand`,
};

/** For those who speak for the brand: competitors, campaigns, words that come and go, and what is arranged. */
export const MARKETING: Board = {
  name: 'marketing',
  title: 'marketing',
  description: 'The brand beside its competitors, campaigns, words that come and go, and posts that look arranged.',
  panels: [
    netSentiment(8),
    conversion(8),
    {
      kind: 'stat',
      title: 'Said by customers themselves',
      view: 'v_net_sentiment',
      means: `Share of genuine feedback in all feedback of the own brands: what is default praise, promotion, repost, automated or garbled is excluded from every headline. ${SAYS.WILSON} n: all feedback.`,
      empty: 'Nobody said anything in this window.',
      unit: 'percentunit',
      columns: { n: 'short' },
      width: 8,
      height: 5,
      sql: `SELECT if(sum(s.n_all) > 0, sum(s.n) / sum(s.n_all), NULL) AS genuine, hearken_share_low(sum(s.n), sum(s.n_all)) AS low, hearken_share_high(sum(s.n), sum(s.n_all)) AS high,
  sum(s.n_all) AS n
FROM hearken.v_net_sentiment AS s WHERE ${IN_DAYS} AND ${chosen('brand', 'product', 'region', 'store', 'channel', 'language', 'campaign')}`,
    },
    BRANDS,
    BRANDS_BY_DAY,
    VOICE,
    netBy('campaign', 'Campaigns, worst first', 'No campaign has ten judged feedbacks in this window.', 12),
    wordCloud(12),
    trends(12),
    bursts(24),
    incidents(24),
    stages(24),
    topics('What is said of competitors', 12, 'NOT own'),
    quotes('What is said of competitors, in words', "NOT own AND origin = 'genuine'", 12),
  ],
};
