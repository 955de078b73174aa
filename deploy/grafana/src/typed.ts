// Writes every board as TypeScript that is right only where the board, each panel's options and each panel's own field settings fit
// Grafana's types (@grafana/schema): node build/typed.js, then tsc -p tsconfig.boards.json.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const TYPED = 'build/typed';

// Where @grafana/schema keeps the types of a kind of panel.
const KINDS: Record<string, string> = {
  barchart: 'BarChart',
  stat: 'Stat',
  table: 'Table',
  text: 'Text',
  timeseries: 'TimeSeries',
  xychart: 'XYChart',
};

// Kinds without field settings of their own.
const UNSET = new Set(['stat', 'text']);

// In JSON an enumeration is its plain value.
const PLAIN = `export type Plain<T> = T extends string
  ? \`\${T}\`
  : T extends number | boolean | null | undefined
    ? T
    : T extends (infer U)[]
      ? Plain<U>[]
      : T extends object
        ? { [K in keyof T]: Plain<T[K]> }
        : T;
`;

interface Shown {
  panels: { id: number; type: string; options: object; fieldConfig: { defaults: { custom?: object } } }[];
}

/** Returns the TypeScript of a board that is written as JSON. */
function typed(board: string): string {
  const { panels } = JSON.parse(board) as Shown;
  const lines = ["import type { Dashboard } from '@grafana/schema';", "import type { Plain } from './plain';"];
  for (const kind of new Set(panels.map((panel) => panel.type))) {
    lines.push(`import type * as ${kind} from '@grafana/schema/dist/esm/raw/composable/${kind}/panelcfg/x/${KINDS[kind]}PanelCfg_types.gen';`);
  }
  lines.push('', `export const board: Plain<Dashboard> = ${board};`);
  for (const { id, type, options, fieldConfig } of panels) {
    lines.push(`export const options${id}: Plain<Partial<${type}.Options>> = ${JSON.stringify(options)};`);
    if (!UNSET.has(type)) {
      lines.push(`export const custom${id}: Plain<Partial<${type}.FieldConfig>> = ${JSON.stringify(fieldConfig.defaults.custom ?? {})};`);
    }
  }
  return `${lines.join('\n')}\n`;
}

mkdirSync(TYPED, { recursive: true });
writeFileSync(join(TYPED, 'plain.ts'), PLAIN);
for (const file of readdirSync('dashboards').filter((name) => name.endsWith('.json'))) {
  writeFileSync(join(TYPED, `${basename(file, '.json')}.ts`), typed(readFileSync(join('dashboards', file), 'utf8').trim()));
}
