import { OttlaError } from '../base/errors.ts';
import { totalLag } from '../client/admin/group-lag.ts';
import type { GroupDescription, GroupLag } from '../client/admin/group-types.ts';
import { roleOf, waitingMembers } from '../client/admin/member-roles.ts';
import type { OttlaClient } from '../client/client.ts';
import { sleep } from '../env/clock.ts';
import { onStopSignal, writeError } from '../platform/process.ts';
import { isoTime, SystemClock } from '../platform/system-clock.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { formatDuration } from './duration.ts';
import { describeFailure } from './failure.ts';
import { waitingLines } from './member-words.ts';
import { printJson, printLine, printTable } from './output.ts';

export interface GroupLagVerb extends ClusterVerb {
  readonly topic?: readonly string[];
  readonly watch?: boolean;
  /** Seconds between two looks. */
  readonly interval: number;
}

const MS_PER_SECOND = 1000;
const clock = new SystemClock();

export const run = (groupId: string, options: GroupLagVerb): Promise<void> =>
  withClient(options, async (client) => {
    if (options.watch !== true) return await show(client, groupId, options);
    await watch(client, groupId, options);
  });

/** A cluster that cannot tell for a moment does not end it, a group that is gone does. */
const watch = async (
  client: OttlaClient,
  groupId: string,
  options: GroupLagVerb,
): Promise<void> => {
  const stop = new AbortController();
  onStopSignal(() => stop.abort());
  while (!stop.signal.aborted) {
    try {
      await show(client, groupId, options);
    } catch (error) {
      if (!(error instanceof OttlaError && error.retriable)) throw error;
      for (const line of describeFailure(error)) writeError(line);
    }
    await sleep(clock, options.interval * MS_PER_SECOND, stop.signal).catch(() => {});
  }
};

const show = async (client: OttlaClient, groupId: string, options: GroupLagVerb): Promise<void> => {
  const { groups } = client.admin();
  const all = await groups.lag(groupId);
  const group = await groups.describe(groupId);
  const partitions = partitionsOf(groupId, all, options.topic);
  if (options.json === true) return await printJson(asJson(group, partitions));
  if (options.watch === true) await printLine(isoTime(clock.wallMs()));
  await printPartitions(partitions);
  await printLine('');
  for (const [topic, some] of byTopic(partitions)) await printLine(`${topic}: ${sumOf(some)}`);
  await printLine(`group ${groupId}: ${sumOf(partitions)}`);
  for (const line of waitingLines(group)) await printLine(line);
  if (options.watch === true) await printLine('');
};

/** A topic that is misspelt has no backlog either. */
const partitionsOf = (
  groupId: string,
  all: readonly GroupLag[],
  topics: readonly string[] | undefined,
): readonly GroupLag[] => {
  if (topics === undefined) return all;
  const read = new Set(all.map(({ topic }) => topic));
  const unread = topics.filter((topic) => !read.has(topic));
  if (unread.length === 0) return all.filter(({ topic }) => topics.includes(topic));
  const reads = read.size === 0 ? 'no topic' : [...read].join(', ');
  const what = `group ${groupId} does not read topic ${unread.join(', ')}: it reads ${reads}`;
  throw new OttlaError('INVALID_REQUEST', what);
};

const asJson = (group: GroupDescription, partitions: readonly GroupLag[]): unknown => ({
  groupId: group.groupId,
  ...totalLag(partitions),
  topics: [...byTopic(partitions)].map(([topic, some]) => ({ topic, ...totalLag(some) })),
  partitions,
  waitingMembers: waitingMembers(group).map((it) => ({ memberId: it.memberId, role: roleOf(it) })),
});

export const printPartitions = (partitions: readonly GroupLag[]): Promise<void> =>
  printTable({
    headings: ['TOPIC', 'PARTITION', 'COMMITTED', 'END', 'LAG', 'TIME LAG', 'MEMBER'],
    rows: partitions.map((it) => [
      it.topic,
      it.partition,
      it.nextOffset ?? 'nothing',
      it.endOffset,
      it.lagCount,
      timeOf(it.lagMs),
      it.memberId ?? '-',
    ]),
  });

export const timeOf = (lagMs: number | undefined): string =>
  lagMs === undefined ? 'unknown' : formatDuration(lagMs);

const sumOf = (partitions: readonly GroupLag[]): string => {
  const { lagCount, maxLagMs } = totalLag(partitions);
  const count = `${lagCount} record(s) behind`;
  return partitions.length === 0 ? 'nothing to read' : `${count}, ${timeOf(maxLagMs)} at most`;
};

const byTopic = (partitions: readonly GroupLag[]): Map<string, GroupLag[]> => {
  const topics = new Map<string, GroupLag[]>();
  for (const each of partitions) {
    topics.set(each.topic, [...(topics.get(each.topic) ?? []), each]);
  }
  return topics;
};
