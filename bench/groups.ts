/**
 * What groups cost and promise, on three nodes: how long each partition pauses when members come,
 * go, crash and restart, eager beside cooperative; how fast a large group settles; how members
 * share the work; whether groups disturb one another or the producer. About eight minutes.
 */
import { cpus, loadavg } from 'node:os';
import type { OttlaClient } from '../src/index.ts';
import { connect } from '../src/index.ts';
import { withCluster } from './cluster.ts';
import type { PauseRound, PauseRow } from './groups/pauses.ts';
import { keptGapGrewMs, measurePauses } from './groups/pauses.ts';
import { measureDrains, measureSettling } from './groups/shares.ts';
import type { TogetherRow } from './groups/together.ts';
import { measureTogether } from './groups/together.ts';
import { keep } from './keep.ts';

const CLUSTER = {
  nodes: 3,
  settings: { 'group.initial.rebalance.delay.ms': '0', 'default.replication.factor': '3' },
};
/** A turn of the scheduler with two processes before one; runs with nothing to see differ as much. */
const SLACK_MS = 25;
/** What others beside them may do to a producer's 99th percentile: bad input may do no more. */
const ACK_RATIO_MAX = 2;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const measureAll = async (client: OttlaClient, bootstrap: string) => {
  const settling = await measureSettling(client, bootstrap);
  say(`${settling.members} members, ${settling.partitions} partitions: ${settling.settledMs} ms`);
  const drains = await measureDrains(client, bootstrap);
  for (const { members, recordsPerSecond, factor, idle } of drains) {
    say(`${members} member(s): ${recordsPerSecond} records/s, ${factor} times one, ${idle} idle`);
  }
  const together = await measureTogether(client, bootstrap);
  for (const row of together.rounds.flatMap(({ rows }) => rows)) say(describeTogether(row));
  say(`others beside: ack p99 ${together.ackP99Ratio} times, gap ${together.gapGrewMs} ms longer`);
  const pauses: PauseRound[] = [];
  for (const assignor of ['range', 'cooperative-sticky'] as const) {
    const rounds = await measurePauses(client, bootstrap, assignor);
    pauses.push(...rounds);
    for (const row of rounds.flatMap(({ rows }) => rows)) say(describePause(row));
  }
  const keptGapsGrewMs = growthByEvent(pauses);
  for (const [event, grewMs] of Object.entries(keptGapsGrewMs)) {
    say(`cooperative, what stays at a ${event}: gap ${grewMs} ms longer`);
  }
  return { settling, drains, together, pauses, keptGapsGrewMs };
};

const EVENTS = ['join', 'leave', 'crash', 'static restart'] as const;
type Event = (typeof EVENTS)[number];

const growthByEvent = (pauses: readonly PauseRound[]): Readonly<Record<Event, number>> => {
  const cooperative = pauses.filter(({ assignor }) => assignor === 'cooperative-sticky');
  const entries = EVENTS.map((event) => [event, keptGapGrewMs(cooperative, event)] as const);
  return Object.fromEntries(entries) as Record<Event, number>;
};

const describeTogether = ({ beside, ackP50Ms, ackP99Ms, fastLongestGapMs }: TogetherRow): string =>
  `beside ${beside}: ack p50 ${ackP50Ms} ms, p99 ${ackP99Ms} ms, gap ${fastLongestGapMs} ms`;

type Results = Awaited<ReturnType<typeof measureAll>>;

const describePause = (row: PauseRow): string =>
  [
    row.assignor.padEnd(20),
    row.event.padEnd(15),
    `kept ${row.kept.length}, revoked ${row.keptButRevoked}`,
    `longest gap kept ${row.longestKeptGapMs} ms, moved ${row.longestMovedGapMs} ms`,
  ].join('  ');

/** What does not hold of what groups promise, in words. */
const broken = ({ settling, drains, together, pauses, keptGapsGrewMs }: Results): string[] => {
  const faults: string[] = [];
  const claim = (isTrue: boolean, words: string): void => {
    if (!isTrue) faults.push(words);
  };
  claim(settling.settledMs <= settling.boundMs, 'a large group settles in 5 s');
  for (const { members, factor, idle } of drains) {
    const wanted = Math.min(members, 6);
    claim(factor >= wanted * 0.8, `${members} members drain in proportion`);
    claim(idle === members - wanted, `of ${members} members, ${members - wanted} are shown idle`);
  }
  for (const { isFastWhole, isLateWhole, generations } of together.rounds) {
    claim(isFastWhole && isLateWhole, 'each group has every record once, in order');
    claim(
      generations.every((generation) => generation === 1),
      'no group is disturbed by another',
    );
  }
  claim(together.ackP99Ratio <= ACK_RATIO_MAX, 'groups do not hold up the producer');
  claim(together.gapGrewMs <= SLACK_MS, 'a group pauses no longer because of others');
  for (const { assignor, rows } of pauses) {
    const revoked = rows.filter(({ keptButRevoked }) => keptButRevoked > 0);
    const isCooperative = assignor === 'cooperative-sticky';
    for (const { event } of isCooperative ? revoked : []) {
      faults.push(`what stays is not revoked at a ${event}`);
    }
  }
  for (const event of EVENTS) {
    claim(keptGapsGrewMs[event] <= SLACK_MS, `what stays pauses no longer at a ${event}`);
  }
  return faults;
};

const main = async (): Promise<number> => {
  const load = loadavg()[0] ?? 0;
  say(`load average before: ${load.toFixed(2)} on ${cpus().length} cores`);
  const results = await withCluster(CLUSTER, async ({ bootstrap }) => {
    const client = connect({ bootstrap });
    try {
      return await measureAll(client, bootstrap);
    } finally {
      await client.close();
    }
  });
  const faults = broken(results);
  keep('groups', { loadBefore: load, nodes: CLUSTER.nodes, ...results, faults });
  for (const fault of faults) say(`does not hold: ${fault}`);
  return faults.length === 0 ? 0 : 1;
};

process.exitCode = await main();
