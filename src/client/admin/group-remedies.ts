import { drainTimeMs } from './drain-time.ts';
import type { Diagnosis, Remedy, RemedyName } from './group-diagnosis-types.ts';

const MS_PER_SECOND = 1000;

type Facts = Omit<Diagnosis, 'verdict' | 'remedies'>;

interface Pressure extends Facts {
  /** How many times as much has to be consumed. */
  readonly times: number;
  readonly perMember: number;
  readonly membersNeeded: number;
  /** What more hands can reach at most, for a key is in one pair of them. */
  readonly keyBoundPerSecond: number;
}

/**
 * What each would have to do. Estimates take for granted that members were busy all through the
 * window, as they are where records wait, and that a handler mostly waits for others, as one that
 * more hands make faster does.
 */
export const remediesFor = (facts: Facts): Remedy[] => {
  const members = Math.max(1, facts.busyMemberCount);
  const times = facts.neededPerSecond / facts.consumptionPerSecond;
  const perMember = facts.consumptionPerSecond / members;
  const pressure = {
    ...facts,
    times,
    perMember,
    membersNeeded: Math.ceil(facts.neededPerSecond / perMember),
    keyBoundPerSecond: perKey(perMember, facts.handler) / (facts.hotKey?.share ?? 0),
  };
  const alone = [handler(pressure), degrade(pressure), dedicate(pressure)];
  if (facts.isTotalOrder) return [...alone, ...outOfOrder()];
  return [
    consumers(pressure),
    partitions(pressure),
    ...alone,
    batch(pressure),
    concurrency(pressure),
    aggregate(pressure, 'aggregateBatch'),
    aggregate(pressure, 'aggregateConcurrency'),
  ];
};

/** Of one key at most: what a member handles, but by one pair of hands alone. */
const perKey = (perMember: number, handler: Facts['handler']): number => {
  if (handler === undefined) return perMember;
  const perCall = handler.recordCount / handler.callCount;
  return Math.min(perMember, (perCall * MS_PER_SECOND) / handler.p50Ms);
};

const consumers = (pressure: Pressure): Remedy => {
  const { partitionCount, busyMemberCount, idleMemberCount, membersNeeded, perMember } = pressure;
  if (busyMemberCount + idleMemberCount >= partitionCount) {
    const why = `every one of the ${partitionCount} partitions has a member: more would be idle`;
    return useless('consumers', idleMemberCount > 0 ? `${why}, as ${idleMemberCount} are` : why);
  }
  const count = Math.min(membersNeeded, partitionCount);
  const now = `run ${count} members in place of ${busyMemberCount}`;
  const short = membersNeeded > partitionCount ? `; ${membersNeeded} are needed` : '';
  const each = `${now}, at ${rate(perMember)} each`;
  const advice = `${each}${short}${boundOf(pressure)}${waiting(pressure)}`;
  const perSecond = Math.min(count * perMember, pressure.keyBoundPerSecond);
  return useful('consumers', advice, drainAt(pressure, perSecond));
};

/** Those that are there already, and only have to be let in. */
const waiting = ({ overflowMemberCount, standbyMemberCount }: Pressure): string => {
  const lane = `; ${overflowMemberCount} wait in the overflow lane: lower its lag (group overflow)`;
  const standby = `; ${standbyMemberCount} are on standby (group standby --off)`;
  return `${overflowMemberCount > 0 ? lane : ''}${standbyMemberCount > 0 ? standby : ''}`;
};

const partitions = (pressure: Pressure): Remedy => {
  const { partitionCount, membersNeeded, perMember } = pressure;
  if (membersNeeded <= partitionCount) {
    const why = `${membersNeeded} members are needed, and ${partitionCount} partitions are there`;
    return useless('partitions', why);
  }
  const advice =
    `grow to ${membersNeeded} partitions, with as many members; keys move (topic add-partitions ` +
    `--dry-run): where their order counts give it a --fence, or copy the topic, key by key, into ` +
    `a wider one, and cut over when the group has read the old one${boundOf(pressure)}`;
  // What is in the log already stays in its partitions: only less comes on top of it.
  const arrivalPerSecond = (pressure.arrivalPerSecond * partitionCount) / membersNeeded;
  return useful(
    'partitions',
    advice,
    drainAt({ ...pressure, arrivalPerSecond }, partitionCount * perMember),
  );
};

const handler = ({ perMember, times, neededPerSecond, ...facts }: Pressure): Remedy => {
  const nowMs = MS_PER_SECOND / perMember;
  const { handler: told } = facts;
  const own = told && `; its handler takes p50 ${millis(told.p50Ms)}, p99 ${millis(told.p99Ms)}`;
  const now = `a record takes a member ${millis(nowMs)}: make it ${millis(nowMs / times)}`;
  const advice = `${now}${own ?? ''}`;
  return useful('handler', advice, drainAt(facts, neededPerSecond));
};

const degrade = ({ times, neededPerSecond, ...facts }: Pressure): Remedy => {
  const share = `${Math.ceil((1 - 1 / times) * 100)} %`;
  const advice = `leave out ${share} of the records, or as much of the work on each: group degrade`;
  return useful('degrade', advice, drainAt(facts, neededPerSecond));
};

const dedicate = ({ times, neededPerSecond, ...facts }: Pressure): Remedy => {
  const worth = `it helps where that makes them ${factor(times)} as fast`;
  const advice = `stop what else the members do, or give them nodes of their own: ${worth}`;
  return useful('dedicate', advice, drainAt(facts, neededPerSecond));
};

const batch = ({ times, neededPerSecond, ...facts }: Pressure): Remedy => {
  const { callCount = 1, recordCount = 1 } = facts.handler ?? {};
  const nowCount = recordCount / callCount;
  const count = Math.max(2, Math.ceil(nowCount * times));
  const now = nowCount > 1 ? `, where a call has ${nowCount.toFixed(1)} now` : '';
  const advice = `handle ${count} records or more at the cost of one call (eachBatch)${now}`;
  return useful('batch', advice, drainAt(facts, neededPerSecond));
};

const concurrency = (pressure: Pressure): Remedy => {
  const { neededPerSecond, keyBoundPerSecond } = pressure;
  const order = pressure.hotKey === undefined ? '' : ": by order 'none' alone past the hot key";
  const perSecond = Math.min(neededPerSecond, keyBoundPerSecond);
  const advice = `${handsFor(pressure)}${order}${boundOf(pressure)}`;
  return useful('concurrency', advice, drainAt(pressure, perSecond));
};

/** So many calls are under way as come in the time of one: where members tell it, by that. */
const handsFor = ({ times, perMember, handler }: Pressure): string => {
  const run = (count: number): string => `run({ concurrency: ${count}, order: 'key' })`;
  if (handler === undefined) {
    const count = Math.max(2, Math.ceil(times));
    return `${run(count)} where it is 1 now, else ${times.toFixed(1)} times what it is`;
  }
  const perCall = handler.recordCount / handler.callCount;
  const busy = (perMember * handler.p50Ms) / (perCall * MS_PER_SECOND);
  const count = Math.max(2, Math.ceil(Math.max(1, busy) * times));
  return `${run(count)}, where ${busy.toFixed(1)} handlers of a member are at work now`;
};

const aggregate = (
  { times, ...facts }: Pressure,
  name: 'aggregateBatch' | 'aggregateConcurrency',
): Remedy => {
  const count = Math.max(2, Math.ceil(times));
  const how = name === 'aggregateBatch' ? 'handle each at once' : 'run its items concurrently';
  const advice = `have producers put ${count} items or more into a record, and ${how}`;
  // What is in the log already stays as it is: only less comes on top of it.
  const arrivalPerSecond = facts.arrivalPerSecond / count;
  return useful(name, advice, drainAt({ ...facts, arrivalPerSecond }, facts.consumptionPerSecond));
};

/** In total order nothing may begin before what is before it has ended. */
const outOfOrder = (): Remedy[] => [
  useless('consumers', 'in total order one member handles all: a second one has nothing to do'),
  useless('partitions', 'order holds within one partition only; nor would a wider topic keep it'),
  useless('batch', 'where a batch fails in part, what is behind the failure is done before it'),
  useless('concurrency', 'what is handled at the same time may end in any order'),
  useless('aggregateBatch', 'pointless: the items of a record go one after the other all the same'),
  useless('aggregateConcurrency', 'pointless: its items may not be handled at the same time'),
];

const useful = (name: RemedyName, advice: string, drainMs: number | undefined): Remedy => ({
  name,
  applies: true,
  advice,
  drainMs,
});

const useless = (name: RemedyName, advice: string): Remedy => ({
  name,
  applies: false,
  advice,
  drainMs: undefined,
});

const drainAt = (
  { lagCount, arrivalPerSecond }: Pick<Facts, 'lagCount' | 'arrivalPerSecond'>,
  perSecond: number,
): number | undefined => drainTimeMs(lagCount, perSecond, arrivalPerSecond);

const boundOf = ({ hotKey, neededPerSecond, keyBoundPerSecond }: Pressure): string =>
  hotKey === undefined || keyBoundPerSecond >= neededPerSecond
    ? ''
    : `; the hot key lets through ${rate(keyBoundPerSecond)} at most`;

const rate = (perSecond: number): string => `${perSecond.toFixed(perSecond < 10 ? 1 : 0)}/s`;
const millis = (ms: number): string => `${ms.toFixed(ms < 10 ? 2 : 0)} ms`;
const factor = (times: number): string => `${times.toFixed(1)} times`;
