// One panel: what it says and asks, and how that becomes Grafana's own model.

import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import * as barchart from '@grafana/grafana-foundation-sdk/barchart';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as text from '@grafana/grafana-foundation-sdk/text';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import * as xychart from '@grafana/grafana-foundation-sdk/xychart';

import { SOURCE } from './source';

/** What every panel says of itself, and what it asks. */
interface Asked {
  title: string;
  /** The view whose meaning the number has; docs/metrics.md has a heading of this name. */
  view: string;
  /** What the number means, its denominator and its interval. */
  means: string;
  /** The sentence that stands there where there is nothing to show. */
  empty: string;
  /** Grafana's unit of the values; columns of other units say so in `columns`. */
  unit: string;
  width: number;
  height: number;
  sql: string;
  /** Units of single columns. */
  columns?: Record<string, string>;
  /** Columns whose values lead to the quotes of that value: the column, and the variable it chooses. */
  leads?: Record<string, string>;
}

/** A panel, by how it is drawn. */
export type Panel =
  | (Asked & { kind: 'stat' | 'table' | 'series' | 'bars' })
  | (Asked & { kind: 'points'; x: string; y: string; each: string })
  /** A text panel: the answer is HTML, and reaches the panel through a variable of this name. */
  | (Asked & { kind: 'words'; variable: string });

type Builder =
  | stat.PanelBuilder
  | table.PanelBuilder
  | timeseries.PanelBuilder
  | barchart.PanelBuilder
  | xychart.PanelBuilder
  | text.PanelBuilder;

/** Where a reader goes from here: the same window and the same choice. */
const HERE = '${__url_time_range}&${__all_variables}';

/** Returns the panel in Grafana's model. */
export function built(panel: Panel, id: number): cog.Builder<dashboard.Panel> {
  const builder = drawn(panel)
    .id(id)
    .title(panel.title)
    .description(described(panel))
    .unit(panel.unit)
    .noValue(panel.empty)
    .span(panel.width)
    .height(panel.height)
    .links([
      new dashboard.DashboardLinkBuilder(`What ${panel.view} means`).url(`/d/hearken-meaning?var-view=${panel.view}`),
      new dashboard.DashboardLinkBuilder("Customers' own words").url(`/d/hearken-quotes?${HERE}`),
    ]);
  if (panel.kind === 'words') {
    return builder;
  }
  builder.datasource(SOURCE).withTarget(asked(panel.sql, panel.kind === 'series'));
  for (const [column, unit] of Object.entries(panel.columns ?? {})) {
    builder.overrideByName(column, [{ id: 'unit', value: unit }]);
  }
  if (panel.kind === 'stat' && panel.sql.includes(' AS low')) {
    // The sentence stands there once.
    builder.overrideByRegexp('low|high', [{ id: 'noValue', value: '–' }]);
  }
  for (const [column, variable] of Object.entries(panel.leads ?? {})) {
    const url = `/d/hearken-quotes?${HERE}&var-${variable}=\${__value.raw:percentencode}`;
    builder.overrideByName(column, [{ id: 'links', value: [{ title: "Customers' own words", url }] }]);
  }
  return panel.kind === 'table' ? { build: () => wrapped(builder.build()) } : builder;
}

/** Returns a table with long words in several lines, and without the footer that the SDK gives every table and Grafana's schema no longer has. */
function wrapped(built: dashboard.Panel): dashboard.Panel {
  const { footer: _footer, ...options } = built.options;
  const defaults = built.fieldConfig?.defaults;
  return {
    ...built,
    options,
    fieldConfig: { overrides: built.fieldConfig?.overrides ?? [], defaults: { ...defaults, custom: { ...defaults?.custom, wrapText: true } } },
  };
}

/** Returns the description: the meaning, what the panel follows, and where the formula stands. */
function described(panel: Panel): string {
  const names = [...panel.sql.matchAll(/\$\{(\w+):percentencode\}/g)].map((match) => match[1] ?? '');
  const follows = [...(/__from|__to|__time/.test(panel.sql) ? ['time'] : []), ...new Set(names)];
  const filters = follows.length > 0 ? `Follows: ${follows.join(', ')}.` : 'Follows none of the variables.';
  return `${panel.means}\n\n${filters}\n\nMeaning: docs/metrics.md#${panel.view}`;
}

/** Returns the query as the ClickHouse data source saves it. */
function asked(rawSql: string, overTime: boolean): cog.Builder<cog.Dataquery> {
  const query = {
    refId: 'A',
    datasource: SOURCE,
    editorType: 'sql',
    queryType: overTime ? 'timeseries' : 'table',
    format: overTime ? 0 : 1,
    rawSql,
  };
  return { build: () => query as unknown as cog.Dataquery };
}

function drawn(panel: Panel): Builder {
  switch (panel.kind) {
    case 'stat':
      return new stat.PanelBuilder()
        .graphMode(common.BigValueGraphMode.None)
        .colorMode(common.BigValueColorMode.None)
        .textMode(common.BigValueTextMode.ValueAndName)
        .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('/.*/').values(false));
    case 'table':
      return new table.PanelBuilder().filterable(true);
    case 'series':
      return new timeseries.PanelBuilder()
        .fillOpacity(0)
        .showPoints(common.VisibilityMode.Auto)
        .legend(new common.VizLegendOptionsBuilder().showLegend(true).displayMode(common.LegendDisplayMode.List).placement(common.LegendPlacement.Bottom))
        .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.None))
        // The interval is a band: what lies between its ends is filled, the ends themselves are no lines.
        .overrideByName('high', [{ id: 'custom.fillBelowTo', value: 'low' }, ...BAND])
        .overrideByName('low', [...BAND]);
    case 'bars':
      return new barchart.PanelBuilder()
        .orientation(common.VizOrientation.Horizontal)
        .showValue(common.VisibilityMode.Auto)
        .legend(new common.VizLegendOptionsBuilder().showLegend(true).displayMode(common.LegendDisplayMode.List).placement(common.LegendPlacement.Bottom))
        .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.None));
    case 'points':
      // A frame for each thing, so that the legend and the tooltip name it.
      return new xychart.PanelBuilder()
        .show(xychart.XYShowMode.Points)
        .withTransformation({ id: 'partitionByValues', options: { fields: [panel.each], keepFields: true, naming: { asLabels: false } } })
        .mapping(xychart.SeriesMapping.Auto)
        .series([
          new xychart.XYSeriesConfigBuilder()
            .x(matcher(panel.x))
            .y(matcher(panel.y)),
        ])
        .legend(new common.VizLegendOptionsBuilder().showLegend(true).displayMode(common.LegendDisplayMode.List).placement(common.LegendPlacement.Right))
        .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Single).sort(common.SortOrder.None));
    case 'words':
      return new text.PanelBuilder().mode(text.TextMode.HTML).content(`\${${panel.variable}:raw}`);
  }
}

const BAND = [
  { id: 'custom.lineWidth', value: 0 },
  { id: 'custom.fillOpacity', value: 15 },
  { id: 'custom.showPoints', value: 'never' },
];

function matcher(column: string): { matcher: xychart.MatcherConfig } {
  return { matcher: { id: 'byName', options: column } };
}
