import type { Board } from '../board';
import type { Panel } from '../panel';
import { chosen } from '../sql';
import { driverMatrix, drivers, impact, kano, kanoMatrix, trends } from './insights';
import { netBy, netByDay, netSentiment, quotes, topics, wordCloud } from './shared';

const RATINGS: Panel = {
  kind: 'bars',
  title: 'How ratings are distributed',
  view: 'v_ratings',
  means: 'Genuine ratings of reviews by their share of the scale\'s best (1 = all stars): a count, no mean, because ratings pile up at both ends. Whenever they were given. Default praise of platforms is counted apart in the view.',
  empty: 'No review with a rating yet.',
  unit: 'short',
  width: 12,
  height: 9,
  sql: `SELECT concat(toString(round(100 * rating_share)), ' %') AS rating, sum(r.n) AS ratings
FROM hearken.v_ratings AS r WHERE ${chosen('brand', 'product')}
GROUP BY rating_share ORDER BY rating_share`,
};

/** For those who make products: what is liked, what is missed, what explains the score. */
export const PRODUCT: Board = {
  name: 'product',
  title: 'product',
  description: 'What customers like and miss in products, which topics explain the score, and what must be there.',
  panels: [
    netSentiment(6),
    netByDay(18),
    netBy('product_id', 'Products, worst first', 'No product has ten judged feedbacks in this window.', 12, 'product'),
    RATINGS,
    topics('What is said of the product', 12, "own AND category IN ('product', 'digital', 'price')"),
    wordCloud(12),
    driverMatrix(12),
    kanoMatrix(12),
    drivers(24),
    kano(24),
    impact(12),
    trends(12),
    quotes('What they say of the product', "own AND origin = 'genuine' AND category IN ('product', 'digital')", 24),
  ],
};
