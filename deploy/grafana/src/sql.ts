// Fragments of SQL that every board shares: the window, and what the reader chose.

/** A variable of the boards, and the column that the views have for it. */
const COLUMNS = {
  brand: 'brand',
  product: 'product_id',
  region: 'region',
  store: 'store_id',
  channel: 'channel',
  language: 'language',
  campaign: 'campaign',
  topic: 'topic',
  polarity: 'polarity',
} as const;

export type Chosen = keyof typeof COLUMNS;

/** Returns what a variable holds as a literal that nothing in it can end: percent-encoded it has no quote, no backslash and no $. */
export function literal(name: string): string {
  return `'\${${name}:percentencode}'`;
}

/** Returns the condition that a row is among what was chosen, in all of these variables. */
export function chosen(...names: Chosen[]): string {
  return names.map((name) => `hearken_chosen(${literal(name)}, ${COLUMNS[name]})`).join(' AND ');
}

/** Returns the condition on one variable over a column of another name. */
export function chosenAs(name: Chosen, column: string): string {
  return `hearken_chosen(${literal(name)}, ${column})`;
}

const FROM = '${__from:date:seconds}';
const UNTIL = '${__to:date:seconds}';

/** The window as parameters of a view. */
export const WINDOW = `from = ${FROM}, until = ${UNTIL}`;
/** The window's end as a parameter of a view. */
export const AS_OF = `as_of = ${UNTIL}`;
/** The days of the window, each brand's own. */
export const IN_DAYS =
  `day BETWEEN hearken_day(toDateTime(${FROM}), 'second', '', brand) AND hearken_day(toDateTime(${UNTIL}), 'second', '', brand)`;
/** A day as a moment: noon UTC has that date in every zone from UTC-12 to UTC+11. */
export const DAY_AS_TIME = "toDateTime(day, 'UTC') + INTERVAL 12 HOUR AS time";
/** The same for the week that a day is in. */
export const WEEK_AS_TIME = "toDateTime(toMonday(day), 'UTC') + INTERVAL 12 HOUR AS time";

/** Returns a net score of pooled counts with its 95 % interval, as columns; `times` brings it to its scale. */
export function net(name: string, positive: string, negative: string, n: string, times = 1): string {
  const scale = times === 1 ? '' : `${times} * `;
  const counts = `sum(s.${positive}), sum(s.${negative}), sum(s.${n})`;
  return `${scale}hearken_net(${counts}) AS ${name}, ${scale}hearken_net_low(${counts}) AS low, ${scale}hearken_net_high(${counts}) AS high`;
}

/** Returns a share of pooled counts with its 95 % interval, as columns. */
export function share(name: string, part: string, n: string): string {
  const counts = `sum(s.${part}), sum(s.${n})`;
  return `if(sum(s.${n}) > 0, sum(s.${part}) / sum(s.${n}), NULL) AS ${name}, hearken_share_low(${counts}) AS low, hearken_share_high(${counts}) AS high`;
}
