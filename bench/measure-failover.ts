import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadRun } from './measure-consume.ts';
import type { OpenLoopReport } from './measure-latency.ts';
import { openLoopOf, startOpenLoop } from './measure-latency.ts';
import type { KafkaJars } from './peers/kafka/install.ts';
import type { Figures } from './result.ts';
import { eventually } from './systems/serving.ts';
import type { System } from './systems/system.ts';
import { leaderOf } from './systems/topics.ts';

/** A gap that outlasts it is told as well: each record that was sent is waited for. */
const PACE = { perSecond: 500, warmUpSeconds: 4, seconds: 18 };
/** Of the measured phase: whoever is compiled late is compiled by then. */
const KILL_AFTER_MS = 4000;

/** The longest time without an acknowledgement when the leader is killed under load. */
export const measureFailover = async (jars: KafkaJars, run: ReadRun): Promise<Figures> => {
  const { system, topic } = run;
  const load = startOpenLoop(jars, run, PACE);
  await load.said('measuring');
  await sleep(KILL_AFTER_MS);
  const leaderId = await agreedLeader(system, topic);
  const killedAtMs = Date.now();
  await system.kill(leaderId);
  const report = openLoopOf(await load.ended);
  const { failed, acked, sent } = report;
  if (acked + failed !== sent) throw new Error(`${sent - acked - failed} records got no answer`);
  await isSucceeded(run, leaderId);
  return { gapMs: gapAfter(report, killedAtMs), failed };
};

/** Pure: the longest time without an acknowledgement that ended after the leader was killed, in ms. */
export const gapAfter = (
  { measured: [fromMs, toMs], gaps }: Pick<OpenLoopReport, 'measured' | 'gaps'>,
  killedAtMs: number,
): number => {
  if (killedAtMs < fromMs || killedAtMs > toMs) {
    throw new Error('the leader was not killed while acknowledgements were measured');
  }
  const after = gaps.filter(([, endMs]) => endMs > killedAtMs);
  if (after.length === 0) {
    throw new Error('no gap was seen after the kill: was it the leader, and did any record come?');
  }
  return Math.max(...after.map(([startMs, endMs]) => endMs - startMs));
};

/** Whom all nodes name, itself among them: what is killed leads. */
const agreedLeader = async (system: System, topic: string): Promise<number> => {
  const nodeIds = Array.from({ length: system.nodeCount }, (_, at) => at + 1);
  const named = await Promise.all(nodeIds.map((asked) => leaderOf(system, topic, asked)));
  const leaderId = named[0] ?? -1;
  if (leaderId > 0 && named.every((it) => it === leaderId)) return leaderId;
  throw new Error(`the nodes of ${system.name} name leaders ${named.join(', ')}`);
};

const isSucceeded = ({ system, topic }: ReadRun, killedId: number): Promise<void> =>
  eventually(`another node of ${system.name} leads`, async () => {
    const leaderId = await leaderOf(system, topic, killedId === 1 ? 2 : 1);
    return leaderId > 0 && leaderId !== killedId;
  });
