// Panels that more than one board shows.

import type { Panel } from '../panel';
import { DAY_AS_TIME, IN_DAYS, WINDOW, chosen, net } from '../sql';

const JUDGED = 'feedback that has words to judge, neutral and mixed included';
const ADJUSTED_WALD = '95 % interval: adjusted Wald.';
const WILSON = '95 % interval: Wilson.';

/** Sentences that more than one description says. */
export const SAYS = { JUDGED, ADJUSTED_WALD, WILSON } as const;

const OF_FEEDBACK = chosen('brand', 'product', 'region', 'store', 'channel', 'language', 'campaign');

/** Returns net sentiment of the window as one number. */
export function netSentiment(width: number): Panel {
  return {
    kind: 'stat',
    title: 'Net sentiment',
    view: 'v_net_sentiment',
    means: `(positive − negative) / judged: of the own brands' genuine ${JUDGED}. ${ADJUSTED_WALD} n: judged feedback.`,
    empty: 'Nobody said anything that can be judged in this window.',
    unit: 'percentunit',
    columns: { n: 'short' },
    width,
    height: 5,
    sql: `SELECT ${net('"net sentiment"', 'positive', 'negative', 'judged')}, sum(s.judged) AS n
FROM hearken.v_net_sentiment AS s WHERE ${IN_DAYS} AND ${OF_FEEDBACK}`,
  };
}

/** Returns net sentiment by day. */
export function netByDay(width: number): Panel {
  return {
    kind: 'series',
    title: 'Net sentiment by day',
    view: 'v_net_sentiment',
    means: `(positive − negative) / judged a day of the brand's own time zone: genuine ${JUDGED}. The band is the 95 % interval (adjusted Wald): a narrow band rests on many voices.`,
    empty: 'Nobody said anything that can be judged in this window.',
    unit: 'percentunit',
    width,
    height: 8,
    sql: `SELECT ${DAY_AS_TIME}, ${net('"net sentiment"', 'positive', 'negative', 'judged')}
FROM hearken.v_net_sentiment AS s WHERE ${IN_DAYS} AND ${OF_FEEDBACK}
GROUP BY time HAVING sum(s.judged) > 0 ORDER BY time`,
  };
}

/** Returns net sentiment by one dimension, worst first; its values lead to the quotes where a variable is named. */
export function netBy(column: string, title: string, empty: string, width: number, variable?: string): Panel {
  return {
    kind: 'table',
    title,
    view: 'v_net_sentiment',
    means: `(positive − negative) / judged for each ${column}: the own brands' genuine ${JUDGED}. ${ADJUSTED_WALD} excluded: what is not genuine. Below 10 judged nothing is shown.`,
    empty,
    unit: 'short',
    columns: { net: 'percentunit', low: 'percentunit', high: 'percentunit' },
    ...(variable === undefined ? {} : { leads: { [column]: variable } }),
    width,
    height: 9,
    sql: `SELECT ${column}, ${net('net', 'positive', 'negative', 'judged')}, sum(s.judged) AS n, sum(s.excluded) AS excluded
FROM hearken.v_net_sentiment AS s WHERE ${IN_DAYS} AND ${OF_FEEDBACK} AND ${column} != ''
GROUP BY ${column} HAVING n >= 10 ORDER BY net, ${column} LIMIT 100`,
  };
}

/** Returns what customers speak of, by topic; `where` narrows it. */
export function topics(title: string, width: number, where = 'own'): Panel {
  return {
    kind: 'table',
    title,
    view: 'v_quotes',
    means: `Aspects that genuine feedback mentions, by topic: net = (positive − negative) / mentions. ${ADJUSTED_WALD} A topic leads to the words that say it.`,
    empty: 'No topic was mentioned in this window.',
    unit: 'short',
    columns: { net: 'percentunit', low: 'percentunit', high: 'percentunit' },
    leads: { topic: 'topic' },
    width,
    height: 10,
    sql: `SELECT category, topic, count() AS mentions, countIf(polarity = 'negative') AS negative, countIf(polarity = 'positive') AS positive,
  hearken_net(positive, negative, mentions) AS net, hearken_net_low(positive, negative, mentions) AS low, hearken_net_high(positive, negative, mentions) AS high
FROM hearken.v_quotes WHERE ${where} AND origin = 'genuine' AND $__timeFilter(occurred_at) AND ${OF_FEEDBACK}
GROUP BY category, topic ORDER BY negative DESC, mentions DESC, topic LIMIT 50`,
  };
}

/** Returns the word cloud as words in HTML; the variable's name is the panel's own. */
export function wordCloud(width: number): Panel {
  return {
    kind: 'words',
    variable: 'cloud',
    title: 'Words of this window',
    view: 'v_word_cloud',
    means:
      'The leading terms of the own brands: the larger, the more this window speaks of it compared with what the brand always hears of (tf-idf). Blue: said with more praise than blame; orange: the opposite; grey: neither.',
    empty: 'Nobody said anything in this window.',
    unit: 'short',
    width,
    height: 10,
    sql: `SELECT if(count() = 0, '<p>Nobody said anything in this window.</p>', arrayStringConcat(groupArray(part))) AS html
FROM (
  SELECT concat('<h4>', replaceAll(encodeXMLComponent(brand), '$', '&#36;'), '</h4><p>', arrayStringConcat(groupArray(word), ' '), '</p>') AS part
  FROM (
    SELECT brand, concat('<span style="font-size:', toString(toUInt32(size)), 'px;color:', multiIf(net > 0.1, '#3274d9', net < -0.1, '#e0752d', '#808080'), '">',
      replaceAll(encodeXMLComponent(term), '$', '&#36;'), '</span>') AS word
    FROM hearken.v_word_cloud(${WINDOW}) WHERE ${chosen('brand')}
    ORDER BY brand, weight DESC, term LIMIT 60 BY brand
  )
  GROUP BY brand ORDER BY brand
)`,
  };
}

/** Returns what customers said, newest first; `where` narrows it. */
export function quotes(title: string, where: string, width: number, rows = 50): Panel {
  return {
    kind: 'table',
    title,
    view: 'v_quotes',
    means: 'The words of single customers that stand behind the numbers: a row for each aspect of a feedback, newest first. Personal data is replaced.',
    empty: 'No words of this kind in this window.',
    unit: 'string',
    leads: { topic: 'topic' },
    width,
    height: 11,
    sql: `SELECT occurred_at, brand, channel, topic, polarity, quote, text
FROM hearken.v_quotes WHERE ${where} AND $__timeFilter(occurred_at) AND ${OF_FEEDBACK}
ORDER BY occurred_at DESC, feedback_id, quote LIMIT ${rows}`,
  };
}
