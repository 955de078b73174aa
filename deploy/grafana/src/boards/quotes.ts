import type { Board } from '../board';
import type { Panel } from '../panel';
import { chosen } from '../sql';
import { quotes, topics } from './shared';

const OF_TOPIC = chosen('topic', 'polarity');

const COUNT: Panel = {
  kind: 'stat',
  title: 'Mentions',
  view: 'v_quotes',
  means: 'How many aspects the chosen quotes speak of, in how many feedbacks; every origin, so that what headlines leave out can be read here too.',
  empty: 'Nobody said anything of this kind in this window.',
  unit: 'short',
  width: 6,
  height: 5,
  sql: `SELECT count() AS mentions, uniq(feedback_id) AS feedback
FROM hearken.v_quotes WHERE ${OF_TOPIC} AND $__timeFilter(occurred_at) AND ${chosen('brand', 'product', 'region', 'store', 'channel', 'language', 'campaign')}`,
};

const BY_TIME: Panel = {
  kind: 'series',
  title: 'When it was said',
  view: 'v_quotes',
  means: 'Aspects of the chosen quotes for each interval, a line for each polarity.',
  empty: 'Nobody said anything of this kind in this window.',
  unit: 'short',
  width: 18,
  height: 5,
  sql: `SELECT $__timeInterval(occurred_at) AS time, polarity, count() AS mentions
FROM hearken.v_quotes WHERE ${OF_TOPIC} AND $__timeFilter(occurred_at) AND ${chosen('brand', 'product', 'region', 'store', 'channel', 'language', 'campaign')}
GROUP BY time, polarity ORDER BY time, polarity`,
};

const WHOLE: Panel = {
  kind: 'table',
  title: 'Whole messages',
  view: 'v_feedback',
  means: 'Feedback in its newest state, newest first, with and without topics: what was said where no aspect was found is here alone. It does not follow topic and polarity. Personal data is replaced.',
  empty: 'Nobody said anything in this window.',
  unit: 'string',
  width: 24,
  height: 11,
  sql: `SELECT occurred_at, brand, channel, source, sentiment, origin, title, text, rating_value, product_id, store_id
FROM hearken.v_feedback WHERE $__timeFilter(occurred_at) AND ${chosen('brand', 'product', 'region', 'store', 'channel', 'language', 'campaign')}
ORDER BY occurred_at DESC, feedback_id LIMIT 50`,
};

/** Where every panel leads to: the customers' own words. */
export const QUOTES: Board = {
  name: 'quotes',
  title: "customers' own words",
  description: 'The words behind the numbers: every panel of the other boards leads here with its window and its choice.',
  own: [
    {
      name: 'topic',
      label: 'Topic',
      description: 'Topics that were mentioned in this window',
      sql: `SELECT DISTINCT topic AS value FROM hearken.v_quotes WHERE $__timeFilter(occurred_at) AND ${chosen('brand')} ORDER BY value LIMIT 1000`,
    },
    {
      name: 'polarity',
      label: 'Polarity',
      description: 'How the topic is spoken of',
      sql: `SELECT arrayJoin(['negative', 'neutral', 'positive']) AS value`,
    },
  ],
  panels: [COUNT, BY_TIME, quotes("Customers' own words", OF_TOPIC, 24, 200), topics('Topics of these quotes', 24, OF_TOPIC), WHOLE],
};
