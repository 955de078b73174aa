// A board: its panels in reading order, under the common variables.

import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';

import { type Panel, built } from './panel';
import { type Variable, unseen, variables } from './variables';

/** A board as it is written down here. */
export interface Board {
  /** The file's name; the board's uid is `hearken-` and this. */
  name: string;
  title: string;
  description: string;
  panels: Panel[];
  /** Variables beyond those that every board has. */
  own?: Variable[];
  /** Where the window begins when the board is opened; 30 days ago if it does not say. */
  since?: string;
}

/** Returns the board in Grafana's model. */
export function model(board: Board): dashboard.Dashboard {
  const clouds = board.panels.flatMap((panel) => (panel.kind === 'words' ? [unseen(panel.variable, panel.sql)] : []));
  const builder = new dashboard.DashboardBuilder(`Hearken: ${board.title}`)
    .uid(`hearken-${board.name}`)
    .description(board.description)
    .tags(['hearken'])
    .readonly()
    .timezone('browser')
    .time({ from: board.since ?? 'now-30d', to: 'now' })
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .variables([...variables(board.own ?? []), ...clouds])
    .link(
      new dashboard.DashboardLinkBuilder('Boards')
        .type(dashboard.DashboardLinkType.Dashboards)
        .tags(['hearken'])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    );
  board.panels.forEach((panel, index) => builder.withPanel(built(panel, index + 1)));
  return builder.build();
}
