import type { Board } from '../board';
import type { Panel } from '../panel';
import { chosen } from '../sql';
import { coverage } from './journey';

const LATENCY: Panel = {
  kind: 'series',
  title: 'From the channel to the row',
  view: 'v_pipeline_latency',
  means: 'Milliseconds from the raw record\'s Kafka timestamp to its row, by minute of receipt: the middle one (p50), the slowest of a hundred (p99), and p99 up to the enricher. A replay of old topics shows as large values.',
  empty: 'Nothing was written in this window.',
  unit: 'ms',
  width: 12,
  height: 8,
  sql: `SELECT $__timeInterval(minute) AS time, max(l.p50_ms) AS p50, max(l.p99_ms) AS p99, max(l.enriched_p99_ms) AS "p99 enriched"
FROM hearken.v_pipeline_latency AS l WHERE $__timeFilter(minute) GROUP BY time ORDER BY time`,
};

const RATE: Panel = {
  kind: 'series',
  title: 'Rows written',
  view: 'v_pipeline_latency',
  means: 'States of feedback written, for each interval of receipt: first versions and edits. Orders, visits and profiles are not in it.',
  empty: 'Nothing was written in this window.',
  unit: 'short',
  width: 12,
  height: 8,
  sql: `SELECT $__timeInterval(minute) AS time, sum(l.n) AS rows
FROM hearken.v_pipeline_latency AS l WHERE $__timeFilter(minute) GROUP BY time ORDER BY time`,
};

const OUTCOMES: Panel = {
  kind: 'table',
  title: 'What became of raw records',
  view: 'v_outcome',
  means: 'Records that found their outcome in this window, by raw topic: row; dead_letter; repeat (the same again); stale (older than what is known). Nothing else can become of a record.',
  empty: 'No record found an outcome in this window.',
  unit: 'short',
  columns: { share: 'percentunit' },
  width: 12,
  height: 9,
  sql: `SELECT src_topic AS topic, outcome, count() AS records, records / (sum(records) OVER (PARTITION BY topic)) AS share
FROM hearken.v_outcome WHERE $__timeFilter(written_at) GROUP BY topic, outcome ORDER BY topic, records DESC, outcome LIMIT 100`,
};

const OUTCOMES_BY_TIME: Panel = {
  kind: 'series',
  title: 'Outcomes by time',
  view: 'v_outcome',
  means: 'Records that found their outcome, for each interval of writing, a line for each outcome.',
  empty: 'No record found an outcome in this window.',
  unit: 'short',
  width: 12,
  height: 9,
  sql: `SELECT $__timeInterval(written_at) AS time, outcome, count() AS records
FROM hearken.v_outcome WHERE $__timeFilter(written_at) GROUP BY time, outcome ORDER BY time, outcome`,
};

const REASONS: Panel = {
  kind: 'table',
  title: 'Why records could not go on',
  view: 'v_outcome',
  means: 'Dead letters of this window by the service that gave up and its reason; detail is of the latest one and says what to mend. The original bytes stay on the dead-letter topic: hearken dead-letters replay sends them again.',
  empty: 'No dead letter in this window.',
  unit: 'short',
  columns: { last_at: 'dateTimeAsLocal' },
  width: 24,
  height: 8,
  sql: `SELECT stage, reason, count() AS records, max(written_at) AS last_at, argMax(detail, written_at) AS detail, argMax(src_topic, written_at) AS topic
FROM hearken.dead_letters WHERE $__timeFilter(written_at) GROUP BY stage, reason ORDER BY records DESC, stage, reason LIMIT 100`,
};

const LETTERS: Panel = {
  kind: 'table',
  title: 'The latest dead letters',
  view: 'v_outcome',
  means: 'Single dead letters, newest first, with the beginning of their value; personal data is replaced. at: the record given up, for hearken trace and dead-letters.',
  empty: 'No dead letter in this window.',
  unit: 'string',
  columns: { size_bytes: 'bytes' },
  width: 24,
  height: 9,
  sql: `SELECT written_at, stage, reason, detail, concat(at_topic, '/', toString(at_partition), '/', toString(at_offset)) AS at, size_bytes, excerpt
FROM hearken.dead_letters WHERE $__timeFilter(written_at) ORDER BY written_at DESC, at LIMIT 50`,
};

const SOURCES: Panel = {
  kind: 'table',
  title: 'How fresh each source is',
  view: 'v_feedback',
  means: 'Feedback received in this window for each source: when the last one came, how long after the customer said it the middle one came (delay), and how many say their time to the day only or not at all.',
  empty: 'No source sent feedback in this window.',
  unit: 'short',
  columns: { last_received: 'dateTimeAsLocal', delay: 's' },
  width: 12,
  height: 9,
  sql: `SELECT channel, source, count() AS feedback, max(received_at) AS last_received, median(dateDiff('second', occurred_at, received_at)) AS delay,
  countIf(time_precision IN ('day', 'unknown')) AS imprecise
FROM hearken.v_feedback WHERE $__timeFilter(received_at) AND ${chosen('brand', 'channel')}
GROUP BY channel, source ORDER BY last_received, channel, source LIMIT 200`,
};

const VERSIONS: Panel = {
  kind: 'table',
  title: 'Who judged: versions of the enricher',
  view: 'v_net_sentiment',
  means: 'Feedback of the window by the enricher that judged it, and by what it took it for (origin): a trend that begins with a version is the model\'s, not the customers\'. share: of this version\'s feedback.',
  empty: 'No feedback in this window.',
  unit: 'short',
  columns: { share: 'percentunit' },
  width: 12,
  height: 9,
  sql: `SELECT enricher_version AS version, origin, count() AS feedback, feedback / (sum(feedback) OVER (PARTITION BY version)) AS share
FROM hearken.v_feedback WHERE $__timeFilter(occurred_at) AND ${chosen('brand', 'channel')}
GROUP BY version, origin ORDER BY version DESC, feedback DESC, origin LIMIT 100`,
};

/** For those who run the pipeline. What needs a page in the night is in Prometheus; here is what the rows say. */
export const OPERATOR: Board = {
  name: 'operator',
  title: 'operator',
  description: 'How fast and how completely records become rows, what could not go on and why, and how fresh the sources are.',
  since: 'now-6h',
  panels: [LATENCY, RATE, OUTCOMES, OUTCOMES_BY_TIME, REASONS, LETTERS, SOURCES, VERSIONS, coverage(24)],
};
