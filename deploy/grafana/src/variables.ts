// The variables that every board has, so that a choice travels from board to board.

import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';

import { SOURCE } from './source';
import { chosen } from './sql';

/** A variable that a question fills. */
export interface Variable {
  name: string;
  label: string;
  description: string;
  /** One column of values, or values and their labels. */
  sql: string;
}

/** What feedback of the window has in a column; of every brand, or of the chosen ones. */
function said(column: string, where = chosen('brand')): string {
  return `SELECT DISTINCT ${column} AS value FROM hearken.v_feedback WHERE $__timeFilter(occurred_at) AND ${column} != '' AND ${where} ORDER BY value LIMIT 1000`;
}

/** The same with the name that the catalog has for it. */
function named(column: string, catalog: string): string {
  return `SELECT f.value, if(c.name = '', f.value, c.name) AS label
FROM (SELECT DISTINCT assumeNotNull(${column}) AS value FROM hearken.v_feedback WHERE $__timeFilter(occurred_at) AND ${column} != '' AND ${chosen('brand')}) AS f
LEFT JOIN (${catalog}) AS c ON c.id = f.value
ORDER BY label, f.value LIMIT 1000`;
}

const OF_ALL_BOARDS: Variable[] = [
  { name: 'brand', label: 'Brand', description: 'Brands that were spoken of in this window', sql: said('brand', '1') },
  {
    name: 'product',
    label: 'Product',
    description: 'Products of these brands',
    sql: named('product_id', "SELECT product_id AS id, ifNull(name, '') AS name FROM hearken.v_products"),
  },
  { name: 'region', label: 'Region', description: 'Regions of the customers', sql: said('region') },
  {
    name: 'store',
    label: 'Store',
    description: 'Stores that were spoken of',
    sql: named('store_id', 'SELECT place_id AS id, name FROM hearken.v_places'),
  },
  { name: 'channel', label: 'Channel', description: 'review, chat, social or survey', sql: said('channel') },
  { name: 'language', label: 'Language', description: 'Detected languages, BCP 47', sql: said('language') },
  { name: 'campaign', label: 'Campaign', description: 'Campaigns that led customers here', sql: said('campaign') },
];

/** Returns the variables of a board: the common ones, then its own. */
export function variables(own: Variable[]): cog.Builder<dashboard.VariableModel>[] {
  return [...OF_ALL_BOARDS, ...own].map((variable) => {
    const builder = new dashboard.QueryVariableBuilder(variable.name)
      .label(variable.label)
      .description(variable.description)
      .datasource(SOURCE)
      .query(variable.sql)
      .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
      .sort(dashboard.VariableSort.Disabled)
      .multi(true)
      .includeAll(true)
      // What "All" stands for: one word instead of a list of a thousand. A value is never this word alone, it is {in braces}.
      .allValue('all')
      .current({ text: 'All', value: '$__all' });
    return { build: () => schematic(builder) };
  });
}

/** Returns a variable that nobody sees or sends along: the HTML of a text panel, which takes only variables. */
export function unseen(name: string, sql: string): cog.Builder<dashboard.VariableModel> {
  const builder = new dashboard.QueryVariableBuilder(name)
    .hide(dashboard.VariableHide.HideVariable)
    .datasource(SOURCE)
    .query(sql)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.Disabled);
  return { build: () => ({ ...schematic(builder), skipUrlSync: true }) };
}

/** Returns the variable without what the SDK gives to every variable and Grafana's schema has for intervals alone. */
function schematic(builder: dashboard.QueryVariableBuilder): dashboard.VariableModel {
  const { auto: _auto, auto_min: _autoMin, auto_count: _autoCount, ...variable } = builder.build();
  return variable;
}
