import { diagnose } from '../client/admin/group-diagnosis.ts';
import type {
  Diagnosis,
  GroupMeasurement,
  HotKey,
  PartitionPace,
  Verdict,
} from '../client/admin/group-diagnosis-types.ts';
import type { GroupDescription, GroupLag } from '../client/admin/group-types.ts';
import { roleOf, waitingMembers } from '../client/admin/member-roles.ts';
import type { OttlaClient } from '../client/client.ts';
import type { HandlerTimesTold } from '../client/handling/handler-times.ts';
import { sleep } from '../env/clock.ts';
import { SystemClock } from '../platform/system-clock.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { formatDuration } from './duration.ts';
import { timeOf } from './group-lag.ts';
import { sampleKeys } from './key-sample.ts';
import { waitingLines } from './member-words.ts';
import { printJson, printLine, printTable } from './output.ts';

export interface GroupDoctorVerb extends ClusterVerb {
  /** Seconds. */
  readonly window: number;
  /** Seconds in which the backlog shall be gone. */
  readonly drainIn: number;
  /** Records to look at for hot keys. */
  readonly sample: number;
  readonly totalOrder?: boolean;
}

interface Look {
  readonly group: GroupDescription;
  readonly measured: GroupMeasurement;
}

const MS_PER_SECOND = 1000;

export const run = (groupId: string, options: GroupDoctorVerb): Promise<void> =>
  withClient(options, async (client) => {
    const { group, measured } = await measure(client, groupId, options);
    const diagnosis = diagnose(measured, {
      drainWithinMs: options.drainIn * MS_PER_SECOND,
      isTotalOrder: options.totalOrder === true,
    });
    if (options.json === true) return await printJson(asJson(groupId, measured, diagnosis));
    await print(group, measured, diagnosis);
  });

const measure = async (
  client: OttlaClient,
  groupId: string,
  { window, sample }: GroupDoctorVerb,
): Promise<Look> => {
  const { groups } = client.admin();
  const clock = new SystemClock();
  const before = await groups.lag(groupId);
  const startMs = clock.monotonicMs();
  const topics = new Set(before.map(({ topic }) => topic));
  const hottest = await hottestKey(client, [...topics], sample);
  await sleep(clock, Math.max(0, window * MS_PER_SECOND - (clock.monotonicMs() - startMs)));
  const after = await groups.lag(groupId);
  const windowMs = clock.monotonicMs() - startMs;
  const group = await groups.describe(groupId);
  const roles = waitingMembers(group).map(roleOf);
  const measured = {
    windowMs,
    partitions: paces(before, after),
    memberCount: group.members.length,
    assignor: group.assignor,
    standbyMemberCount: roles.filter((role) => role === 'standby').length,
    overflowMemberCount: roles.filter((role) => role === 'overflow').length,
    handlerTimes: group.members.flatMap(({ handlerTimes = [] }) => handlerTimes),
    hottest,
  };
  return { group, measured };
};

/** Of partitions that were there at both looks. What was not committed yet counts from there on. */
const paces = (before: readonly GroupLag[], after: readonly GroupLag[]): PartitionPace[] =>
  after.flatMap((now): PartitionPace[] => {
    const { topic, partition, lagCount, lagMs, memberId } = now;
    const was = before.find((it) => it.topic === topic && it.partition === partition);
    if (was === undefined) return [];
    const arrivedCount = Math.max(0, now.endOffset - was.endOffset);
    const consumedCount = Math.max(0, was.lagCount + arrivedCount - lagCount);
    return [{ topic, partition, arrivedCount, consumedCount, lagCount, lagMs, memberId }];
  });

const hottestKey = async (
  client: OttlaClient,
  topics: readonly string[],
  maxRecordCount: number,
): Promise<HotKey | undefined> => {
  let hottest: HotKey | undefined;
  for (const topic of topics) {
    const { keys, recordCount } = await sampleKeys(client, topic, maxRecordCount);
    const [first] = keys;
    if (first === undefined) continue;
    const share = first.count / recordCount;
    if (share > (hottest?.share ?? 0)) hottest = { topic, key: first.key, share };
  }
  return hottest;
};

const asJson = (groupId: string, measured: GroupMeasurement, diagnosis: Diagnosis): unknown => {
  const { hotKey } = diagnosis;
  const shown = hotKey && { ...hotKey, key: textOf(hotKey) };
  return { groupId, windowMs: measured.windowMs, ...diagnosis, hotKey: shown };
};

const VERDICTS: Readonly<Record<Verdict, string>> = {
  noBacklog: 'it keeps up: nothing to do',
  noMembers: 'nobody reads: start its members',
  stalled: 'it has members and committed nothing in the window: see their logs',
  drains: 'the backlog is gone in time as it is',
  tooSlow: 'it is too slow',
};

const print = async (
  group: GroupDescription,
  { windowMs, assignor }: GroupMeasurement,
  diagnosis: Diagnosis,
): Promise<void> => {
  const { lagCount, maxLagMs, drainMs } = diagnosis;
  await printLine(`group ${group.groupId}: ${VERDICTS[diagnosis.verdict]}`);
  await printLine(`behind: ${lagCount} record(s), ${timeOf(maxLagMs)} at most`);
  const { arrivalPerSecond, consumptionPerSecond, neededPerSecond } = diagnosis;
  const rates = `${inRate(arrivalPerSecond)} come, ${inRate(consumptionPerSecond)} are committed`;
  const needed = `${inRate(neededPerSecond)} needed`;
  await printLine(
    `in ${formatDuration(windowMs)}: ${rates}, ${needed}; gone ${drainText(drainMs)}`,
  );
  await printLine(`${diagnosis.partitionCount} partition(s), ${memberWords(diagnosis)}`);
  for (const line of waitingLines(group)) await printLine(line);
  if (diagnosis.isTotalOrder) await printLine(`bound to total order, ${reasonOf(assignor)}`);
  if (diagnosis.handler !== undefined) await printLine(handlerWords(diagnosis.handler));
  for (const line of unevenLines(diagnosis)) await printLine(line);
  if (diagnosis.remedies.length === 0) return;
  await printLine('');
  await printTable({
    headings: ['REMEDY', 'GONE', 'ADVICE'],
    rows: diagnosis.remedies.map(({ name, applies, advice, drainMs: ms }) => [
      name,
      applies ? (ms === undefined ? 'not alone' : formatDuration(ms)) : 'left out',
      advice,
    ]),
  });
  await printLine('');
  const silent =
    diagnosis.handler === undefined ? ': the time that handlers take is not reported' : '';
  await printLine(`estimates are by what was committed${silent}`);
};

const reasonOf = (assignor: string): string =>
  assignor === 'single-active' ? 'by its assignor, single-active' : 'as --total-order says';

const memberWords = ({ busyMemberCount, idleMemberCount, ...waiting }: Diagnosis): string => {
  const { standbyMemberCount, overflowMemberCount } = waiting;
  return [
    `${busyMemberCount} member(s) with partitions`,
    `${idleMemberCount} idle`,
    ...(standbyMemberCount > 0 ? [`${standbyMemberCount} on standby`] : []),
    ...(overflowMemberCount > 0 ? [`${overflowMemberCount} in the overflow lane`] : []),
  ].join(', ');
};

const handlerWords = ({ callCount, recordCount, p50Ms, p99Ms }: HandlerTimesTold): string => {
  const calls = `${callCount} call(s) with ${recordCount} record(s) in the last minute`;
  return `handlers: p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms; ${calls}`;
};

const unevenLines = ({ skew, hotKey }: Diagnosis): string[] => [
  ...(skew === undefined
    ? []
    : [
        `uneven: ${skew.topic} partition ${skew.partition} gets ${percent(skew.share)}, ` +
          `where even is ${percent(skew.evenShare)}`,
      ]),
  ...(hotKey === undefined
    ? []
    : [`hot key: ${quoted(hotKey)} has ${percent(hotKey.share)} of ${hotKey.topic}`]),
];

const quoted = (hotKey: HotKey): string => JSON.stringify(textOf(hotKey));
const textOf = ({ key }: HotKey): string => Buffer.from(key).toString();
const drainText = (ms: number | undefined): string =>
  ms === undefined ? 'never' : `in ${formatDuration(ms)}`;
const inRate = (perSecond: number): string => `${perSecond.toFixed(1)}/s`;
const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
