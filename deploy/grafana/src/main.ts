// Writes every board as a file that Grafana's provisioning reads: node build/main.js DIRECTORY

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { model } from './board';
import { BOARDS } from './boards';

const directory = process.argv[2];
if (directory === undefined) {
  console.error('usage: node build/main.js DIRECTORY');
  process.exit(2);
}
mkdirSync(directory, { recursive: true });
for (const board of BOARDS) {
  writeFileSync(join(directory, `${board.name}.json`), `${JSON.stringify(model(board), null, 2)}\n`);
}
