import { OttlaError } from '../../base/errors.ts';
import type { NodeId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import { lagOf } from '../../base/lag.ts';
import type { Clock, Timer } from '../../env/clock.ts';
import type { Meter } from '../../env/meter.ts';
import type { BacklogPartition, BacklogResult } from '../../gen/ottla.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import { partitionOf } from '../../metadata/image.ts';
import type { OnFatal } from '../guard.ts';
import type { GroupSettings } from './group-settings.ts';
import type { HostedGroup } from './hosted-group.ts';
import { registerLagGauges } from './lag-gauges.ts';
import type { PlaceLag } from './lag-round.ts';
import { decideRound } from './lag-round.ts';
import type { TableEntry } from './offset-table.ts';

/** Asks the leader of partitions what lies before places in them, in order. */
export type AskBacklog = (
  leader: NodeId,
  questions: readonly BacklogPartition[],
) => Promise<readonly BacklogResult[]>;

export interface LagWatchOptions {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly config: Pick<GroupSettings, 'lagIntervalMs' | 'lagMaxPartitionCount'>;
  /** Those coordinated here now. */
  readonly groups: () => Iterable<HostedGroup>;
  readonly image: () => MetadataImage;
  readonly askBacklog: AskBacklog;
  readonly onFatal: OnFatal;
}

/** Of one request: its leader looks at one after the other. */
const QUESTIONS_MAX = 200;

interface Asked {
  readonly group: HostedGroup;
  readonly entry: TableEntry;
  readonly leader: NodeId;
  readonly question: BacklogPartition;
}

/**
 * Looks from time to time how far the groups coordinated here are behind, for metrics. A scrape
 * shows what the last round found, and asks nobody: what that costs is bounded by the interval and
 * by the number of partitions, whoever scrapes and how often.
 */
export class LagWatch {
  readonly #options: LagWatchOptions;
  #lags: ReadonlyMap<HostedGroup, readonly PlaceLag[]> = new Map();
  #timer: Timer | undefined;
  #isClosed = false;
  /** Partitions of the last round beyond the bound, and those whose leaders could not tell. */
  omittedCount = 0;
  unknownCount = 0;

  constructor(options: LagWatchOptions) {
    this.#options = options;
    registerLagGauges(options.meter, this);
    this.#arm();
  }

  /** Of the groups that are coordinated here still. */
  *lags(): Generator<readonly [groupId: string, lags: readonly PlaceLag[]], void, undefined> {
    for (const group of this.#options.groups()) {
      const found = this.#lags.get(group);
      if (found !== undefined) yield [group.core.groupId, found];
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #arm(): void {
    const { clock, config, onFatal } = this.#options;
    if (config.lagIntervalMs === 0 || this.#isClosed) return;
    this.#timer = clock.setTimer(config.lagIntervalMs, () => {
      this.#round().then(
        () => this.#arm(),
        (error: Error) => {
          // The logs of a broker that stops close under its last round.
          if (!this.#isClosed) onFatal(error);
        },
      );
    });
  }

  async #round(): Promise<void> {
    const { config } = this.#options;
    const groups = [...this.#options.groups()].map((group) => ({
      group,
      groupId: group.core.groupId,
      entries: [...group.core.allCommitted()],
    }));
    const round = decideRound(groups, config.lagMaxPartitionCount);
    const asked = round.groups.flatMap(({ group, entries }) =>
      entries.flatMap((entry) => this.#question(group, entry)),
    );
    const led = asked.filter(({ leader }) => leader !== NONE);
    const found = (await Promise.all(byLeader(led).map((some) => this.#askLeader(some)))).flat();
    const lags = new Map<HostedGroup, PlaceLag[]>(round.groups.map(({ group }) => [group, []]));
    for (const [group, lag] of found) lags.get(group)?.push(lag);
    this.#lags = lags;
    this.omittedCount = round.omittedCount;
    this.unknownCount = asked.length - found.length;
  }

  /** Of a topic or partition that is gone nothing is asked, nor missed. */
  #question(group: HostedGroup, entry: TableEntry): Asked[] {
    const image = this.#options.image();
    const { topic, partition, value } = entry;
    const topicId = image.topicIdsByName.get(topic);
    const registration = topicId && partitionOf(image, topicId, partition);
    if (topicId === undefined || !registration) return [];
    const { leader, leaderEpoch } = registration;
    const question = {
      topicId,
      partition,
      currentLeaderEpoch: leaderEpoch,
      offset: value.offset,
    };
    return [{ group, entry, leader, question }];
  }

  async #askLeader(asked: readonly Asked[]): Promise<Array<readonly [HostedGroup, PlaceLag]>> {
    const found: Array<readonly [HostedGroup, PlaceLag]> = [];
    for (let at = 0; at < asked.length && !this.#isClosed; at += QUESTIONS_MAX) {
      const some = asked.slice(at, at + QUESTIONS_MAX);
      const results = await this.#ask(some);
      for (const [index, { group, entry }] of some.entries()) {
        const result = results[index];
        if (result?.errorCode === 0) found.push([group, placeLag(entry, result)]);
      }
    }
    return found;
  }

  async #ask(asked: readonly Asked[]): Promise<readonly BacklogResult[]> {
    const [first] = asked;
    if (first === undefined) return [];
    try {
      return await this.#options.askBacklog(
        first.leader,
        asked.map(({ question }) => question),
      );
    } catch (error) {
      if (error instanceof OttlaError) return [];
      throw error;
    }
  }
}

const byLeader = (asked: readonly Asked[]): Asked[][] => {
  const groups = new Map<NodeId, Asked[]>();
  for (const each of asked) {
    const some = groups.get(each.leader) ?? [];
    groups.set(each.leader, some);
    some.push(each);
  }
  return [...groups.values()];
};

const placeLag = ({ topic, partition, value }: TableEntry, result: BacklogResult): PlaceLag => {
  const backlog = {
    startOffset: result.logStartOffset,
    endOffset: result.highWatermark,
    recordOffset: result.recordOffset,
    recordTimestampMs: result.recordTimestampMs,
    nowMs: result.nowMs,
  };
  return { topic, partition, ...lagOf(value.offset, backlog) };
};
