import type { Board } from '../board';
import type { Panel } from '../panel';
import { chosen } from '../sql';
import { lastWords, whoIsAtRisk } from './customers';
import { channelGap, coverage, stages, touchpoints } from './journey';
import { csat, ease, nps, responses, scoresByTouchpoint, serviceByDay } from './scores';
import { SAYS, quotes } from './shared';

const OF_FEEDBACK = chosen('brand', 'product', 'region', 'store', 'channel', 'language', 'campaign');

const INTENTS: Panel = {
  kind: 'table',
  title: 'What customers want',
  view: 'v_intents',
  means: 'Genuine feedback that asks for or announces something, by kind: churn means to leave, legal_threat and safety are the ones to read first. share: of all genuine feedback with any intent; one feedback may want several things. high_effort: those who say it was hard.',
  empty: 'Nobody asked for anything in this window.',
  unit: 'short',
  columns: { share: 'percentunit' },
  width: 12,
  height: 9,
  sql: `SELECT kind AS intent, uniq(feedback_id) AS feedback, feedback / (sum(feedback) OVER ()) AS share, uniqIf(feedback_id, effort = 'high') AS high_effort
FROM hearken.v_intents WHERE own AND origin = 'genuine' AND $__timeFilter(occurred_at) AND ${OF_FEEDBACK}
GROUP BY kind ORDER BY feedback DESC, intent`,
};

const RESOLVED: Panel = {
  kind: 'stat',
  title: 'Chats that were resolved',
  view: 'v_feedback',
  means: `Share of chats whose source says that the matter was resolved, among those that say anything. ${SAYS.WILSON} n: these chats.`,
  empty: 'No chat said whether it was resolved in this window.',
  unit: 'percentunit',
  columns: { n: 'short' },
  width: 6,
  height: 5,
  sql: `SELECT if(n > 0, countIf(ifNull(resolved, false)) / n, NULL) AS share, hearken_share_low(countIf(ifNull(resolved, false)), n) AS low,
  hearken_share_high(countIf(ifNull(resolved, false)), n) AS high, count(resolved) AS n
FROM hearken.v_feedback AS f WHERE own AND origin = 'genuine' AND f.channel = 'chat' AND $__timeFilter(occurred_at) AND ${OF_FEEDBACK}`,
};

/** For those who serve: ease, satisfaction, touchpoints, and whom to call first. */
export const SERVICE: Board = {
  name: 'service',
  title: 'service',
  description: 'How easy and satisfying it is to deal with the company, touchpoint by touchpoint, and whom to call first.',
  panels: [
    csat(6),
    ease(6),
    nps('transactional', 6),
    RESOLVED,
    serviceByDay(12),
    scoresByTouchpoint(12),
    stages(12),
    touchpoints(12),
    INTENTS,
    channelGap(12),
    whoIsAtRisk(24),
    lastWords(12),
    responses(12),
    coverage(24),
    quotes('What they say of service', "own AND origin = 'genuine' AND category IN ('service', 'staff attitude', 'convenience', 'delivery')", 24),
  ],
};
