import type { Reassignment } from '../client/admin/reassignment-admin.ts';
import type { OttlaClient } from '../client/client.ts';
import { sleep } from '../env/clock.ts';
import { SystemClock } from '../platform/system-clock.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { UsageError } from './failure.ts';
import { printJson, printLine, printTable } from './output.ts';
import type { PlannedMove } from './reassignment-plan.ts';
import { planReassignment } from './reassignment-plan.ts';

export interface TopicReassignVerb extends ClusterVerb {
  readonly to?: readonly number[];
  readonly partition?: readonly number[];
  readonly replicationFactor?: number;
  readonly dryRun?: boolean;
  readonly status?: boolean;
  readonly cancel?: boolean;
  readonly wait?: boolean;
}

const POLL_MS = 500;

export const run = async (topic: string, options: TopicReassignVerb): Promise<void> => {
  const { to, status = false, cancel = false } = options;
  const chosen = [to !== undefined, status, cancel].filter(Boolean).length;
  if (chosen !== 1) {
    throw new UsageError('say what to do: give one of --to <brokers>, --status and --cancel');
  }
  await withClient(options, async (client) => {
    if (to !== undefined) await begin(client, topic, { ...options, to });
    else if (cancel) await cancelAll(client, topic, options);
    else await show(await ongoing(client, topic, options), options);
    if (options.wait === true) await untilDone(client, topic, options);
  });
};

const begin = async (
  client: OttlaClient,
  topic: string,
  options: TopicReassignVerb & { readonly to: readonly number[] },
): Promise<void> => {
  const admin = client.admin();
  const { partitions } = await admin.describeTopic(topic);
  const missing = options.partition?.find((number) => partitions[number] === undefined);
  if (missing !== undefined) {
    throw new UsageError(`topic ${topic} has ${partitions.length} partitions, and none ${missing}`);
  }
  const moves = planReassignment({
    partitions: partitions.filter(({ partition }) => isMeant(partition, options)),
    brokers: options.to,
    replicationFactor: options.replicationFactor,
  });
  if (options.dryRun !== true && moves.length > 0) {
    await admin.partitions.reassign(
      moves.map(({ partition, to }) => ({ topic, partition, replicas: to })),
    );
  }
  await showMoves(moves, options);
};

const showMoves = async (
  moves: readonly PlannedMove[],
  { json = false }: TopicReassignVerb,
): Promise<void> => {
  if (json) return await printJson(moves);
  if (moves.length === 0) return await printLine('nothing to move');
  await printTable({
    headings: ['PARTITION', 'FROM', 'TO'],
    rows: moves.map(({ partition, from, to }) => [partition, from.join(','), to.join(',')]),
  });
};

const cancelAll = async (
  client: OttlaClient,
  topic: string,
  options: TopicReassignVerb,
): Promise<void> => {
  const running = await ongoing(client, topic, options);
  if (running.length > 0) await client.admin().partitions.cancel(running);
  await show(await ongoing(client, topic, options), options);
};

const ongoing = async (
  client: OttlaClient,
  topic: string,
  options: TopicReassignVerb,
): Promise<Reassignment[]> => {
  const all = await client.admin().partitions.listReassignments({ topics: [topic] });
  return all.filter(({ partition }) => isMeant(partition, options));
};

const isMeant = (number: number, { partition }: TopicReassignVerb): boolean =>
  partition === undefined || partition.includes(number);

const show = async (
  running: readonly Reassignment[],
  { json = false }: TopicReassignVerb,
): Promise<void> => {
  if (json) return await printJson(running);
  if (running.length === 0) return await printLine('no partition is being moved');
  await printTable({
    headings: ['PARTITION', 'REPLICAS', 'ADDING', 'REMOVING', 'ISR'],
    rows: running.map((it) => [
      it.partition,
      it.replicas.join(','),
      it.addingReplicas.join(',') || '-',
      it.removingReplicas.join(',') || '-',
      it.isr.join(','),
    ]),
  });
};

/** Without a limit: data and disks say how long it takes. Ctrl-C ends the wait, not the move. */
const untilDone = async (
  client: OttlaClient,
  topic: string,
  options: TopicReassignVerb,
): Promise<void> => {
  const clock = new SystemClock();
  while ((await ongoing(client, topic, options)).length > 0) await sleep(clock, POLL_MS);
  if (options.json !== true) await printLine('done');
};
