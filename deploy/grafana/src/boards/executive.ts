import type { Board } from '../board';
import { actions, atRisk, atRiskBy, indicators, retention } from './customers';
import { driverMatrix, incidents } from './insights';
import { stageBars } from './journey';
import { changes, csat, ease, nps, npsByWeek } from './scores';
import { netByDay, netSentiment, quotes, topics, wordCloud } from './shared';

/** For those who decide: where the company stands, what changed, what it costs, what was done. */
export const EXECUTIVE: Board = {
  name: 'executive',
  title: 'executive',
  description: 'Where the company stands with its customers, what changed, what it costs and what was done about it.',
  panels: [
    nps('relationship', 4),
    nps('transactional', 4),
    csat(4),
    ease(4),
    netSentiment(4),
    atRisk(4),
    netByDay(12),
    npsByWeek(12),
    changes(24),
    stageBars(12),
    indicators(12),
    topics('What customers speak of', 12),
    wordCloud(12),
    driverMatrix(12),
    atRiskBy('reason', 'Why revenue is at risk', 12),
    incidents(24),
    retention(12),
    actions(12),
    quotes('What they say when they are not pleased', "own AND origin = 'genuine' AND polarity = 'negative'", 24),
  ],
};
