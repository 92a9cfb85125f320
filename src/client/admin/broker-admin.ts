import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import type { NodeId } from '../../base/ids.ts';
import type { TopicInfo } from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import { namedCall } from './named-call.ts';

/** A log directory that a broker goes on without: its replicas there are offline. */
export interface OfflineDirectory {
  readonly path: string;
  /** For a person. */
  readonly reason: string;
}

/** What a broker is meant for, and what it has now. */
export interface BrokerState {
  readonly brokerId: NodeId;
  /** host:port for clients. */
  readonly address: string;
  readonly rack: string;
  /** It leads nothing and joins no in-sync set: it is starting, or not heard from. */
  readonly isFenced: boolean;
  /** It gets no new replicas; so too while drained or decommissioned. */
  readonly isCordoned: boolean;
  /** It leads nothing that another replica can lead. */
  readonly isDrained: boolean;
  /** Its replicas move to other brokers; that is done once it has none. */
  readonly isDecommissioned: boolean;
  readonly replicaCount: number;
  readonly leaderCount: number;
  /** Those of its replicas that are on their way to other brokers. */
  readonly leavingCount: number;
  /** Its log directories that failed, or were missing at its start. */
  readonly offlineDirectories: readonly OfflineDirectory[];
}

const CORDON = { key: 'cordoned.log.dirs', on: '*' };
const DRAIN = { key: 'broker.drain.enable', on: 'true' };
const DECOMMISSION = { key: 'broker.decommission.enable', on: 'true' };

type Switch = typeof CORDON;

/**
 * Takes brokers out of use and back: settings of theirs that stay through restarts of any node.
 * Made by `Admin.brokers`. Every change throws INVALID_REQUEST for a broker that is not registered.
 */
export class BrokerAdmin {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** Gives it no new replicas; it keeps what it has. */
  cordon(brokerId: NodeId, options: TimedCallOptions = {}): Promise<void> {
    return this.#set('cordon', { brokerId, values: [[CORDON, true]] }, options);
  }

  /** It takes new replicas, leads and stays: ends a cordon, a drain and a decommission. */
  uncordon(brokerId: NodeId, options: TimedCallOptions = {}): Promise<void> {
    const values: [Switch, boolean][] = [
      [CORDON, false],
      [DRAIN, false],
      [DECOMMISSION, false],
    ];
    return this.#set('uncordon', { brokerId, values }, options);
  }

  /** Moves its leaders to other replicas in sync, at once; from then on it gets nothing new. */
  drain(brokerId: NodeId, options: TimedCallOptions = {}): Promise<void> {
    return this.#set('drain', { brokerId, values: [[DRAIN, true]] }, options);
  }

  /**
   * Moves its leaders, and by and by its replicas to other brokers; resolves when that is decided:
   * see `list` for how far it is. Throws INVALID_CONFIG where the others are too few for them, and
   * UNSUPPORTED_VERSION below metadata.version 2 (neither retriable).
   */
  decommission(brokerId: NodeId, options: TimedCallOptions = {}): Promise<void> {
    return this.#set('decommission', { brokerId, values: [[DECOMMISSION, true]] }, options);
  }

  /**
   * Forgets a broker that is gone for good: it is listed no more, its settings are dropped, and
   * another may have its number. Resolves when that is durable. Throws INVALID_REQUEST while it
   * runs or has a replica (not retriable: decommission it, and stop it).
   */
  async unregister(brokerId: NodeId, options: TimedCallOptions = {}): Promise<void> {
    const what = 'unregister';
    const { brokers } = await namedCall(this.#context, ClientService.metadata, {
      what,
      ...options,
      request: { topics: [], allTopics: false, allowAutoCreate: false },
    });
    if (!brokers.some((broker) => broker.brokerId === brokerId)) {
      throw new OttlaError(
        'INVALID_REQUEST',
        `broker ${brokerId} is not registered: 'ottla broker list' shows those that are`,
      );
    }
    await namedCall(this.#context, ClientService.unregisterBroker, {
      what,
      ...options,
      request: { brokerId },
    });
  }

  /** All registered brokers, by number. */
  async list(options: TimedCallOptions = {}): Promise<BrokerState[]> {
    const what = 'listBrokers';
    const { brokers, topics } = await namedCall(this.#context, ClientService.metadata, {
      what,
      ...options,
      request: { topics: [], allTopics: true, allowAutoCreate: false },
    });
    const { reassignments } = await namedCall(this.#context, ClientService.listReassignments, {
      what,
      ...options,
      request: { topics: [] },
    });
    const states = brokers.map(async ({ brokerId, fenced, ...broker }) => ({
      brokerId,
      address: broker.address,
      rack: broker.rack,
      isFenced: fenced,
      ...(await this.#intentOf(brokerId, options)),
      ...countsOf(topics, brokerId),
      leavingCount: reassignments.filter(({ removingReplicas }) =>
        removingReplicas.includes(brokerId),
      ).length,
      offlineDirectories: broker.offlineDirectories,
    }));
    return (await Promise.all(states)).sort((a, b) => a.brokerId - b.brokerId);
  }

  async #intentOf(brokerId: NodeId, options: TimedCallOptions) {
    const { entries } = await namedCall(this.#context, ClientService.describeConfigs, {
      what: 'listBrokers',
      ...options,
      request: { resourceType: 'broker', resource: String(brokerId) },
    });
    const isOn = ({ key, on }: Switch): boolean =>
      entries.some((entry) => entry.key === key && entry.value === on);
    const isDecommissioned = isOn(DECOMMISSION);
    const isDrained = isOn(DRAIN) || isDecommissioned;
    return { isCordoned: isOn(CORDON) || isDrained, isDrained, isDecommissioned };
  }

  async #set(
    what: string,
    to: { readonly brokerId: NodeId; readonly values: readonly (readonly [Switch, boolean])[] },
    options: TimedCallOptions,
  ): Promise<void> {
    const changes = to.values.map(([{ key, on }, isOn]) => ({
      resourceType: 'broker',
      resource: String(to.brokerId),
      key,
      value: isOn ? on : undefined,
    }));
    const { results } = await namedCall(this.#context, ClientService.alterConfigs, {
      what,
      ...options,
      request: { changes, validateOnly: false },
    });
    for (const { errorCode, errorMessage } of results) {
      if (errorCode === 0) continue;
      throw new OttlaError(
        errorCodeOf(errorCode),
        `${what} broker ${to.brokerId}: ${errorMessage}`,
      );
    }
  }
}

const countsOf = (
  topics: readonly TopicInfo[],
  brokerId: NodeId,
): Pick<BrokerState, 'replicaCount' | 'leaderCount'> => {
  const partitions = topics.flatMap((topic) => topic.partitions);
  return {
    replicaCount: partitions.filter(({ replicas }) => replicas.includes(brokerId)).length,
    leaderCount: partitions.filter(({ leader }) => leader === brokerId).length,
  };
};
