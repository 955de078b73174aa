import type { Board } from '../board';

/** Where every panel leads to: what the view behind it means, as the database itself says it. */
export const MEANING: Board = {
  name: 'meaning',
  title: 'what the numbers mean',
  description: 'What a row of each view is, what its shares are shares of and when it is empty, in the words of the database that answers.',
  own: [
    {
      name: 'view',
      label: 'View',
      description: 'A view of Hearken',
      sql: `SELECT name AS value FROM system.tables WHERE database = 'hearken' AND name LIKE 'v\\_%' ORDER BY value`,
    },
  ],
  panels: [
    {
      kind: 'table',
      title: 'What it means',
      view: 'v_feedback',
      means: 'The COMMENT of each chosen view. page: where docs/metrics.md of the repository explains it with its formula and a question to ask.',
      empty: 'There is no view of this name here: hearken migrate makes them.',
      unit: 'string',
      width: 24,
      height: 12,
      sql: `SELECT name AS view, comment AS meaning, concat('docs/metrics.md#', name) AS page
FROM system.tables WHERE database = 'hearken' AND name LIKE 'v\\_%' AND hearken_chosen('\${view:percentencode}', name) ORDER BY name`,
    },
    {
      kind: 'table',
      title: 'Its columns',
      view: 'v_feedback',
      means: 'The columns of each chosen view with their types; Nullable: empty where there is nothing to say. A view with parameters is asked as docs/metrics.md shows.',
      empty: 'There is no view of this name here, or it is asked with parameters: its columns stand in docs/metrics.md.',
      unit: 'string',
      width: 24,
      height: 12,
      sql: `SELECT table AS view, name AS column, type FROM system.columns
WHERE database = 'hearken' AND table LIKE 'v\\_%' AND hearken_chosen('\${view:percentencode}', table) ORDER BY view, position LIMIT 2000`,
    },
  ],
};
