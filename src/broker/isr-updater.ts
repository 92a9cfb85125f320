import { errorCodeOf, OttlaError } from '../base/errors.ts';
import type { Clock } from '../env/clock.ts';
import type { Logger } from '../env/logger.ts';
import type { Counter, Meter } from '../env/meter.ts';
import type { Random } from '../env/random.ts';
import type { AlterPartitionItem, AlterPartitionResult } from '../gen/ottla.ts';
import { ControllerService } from '../gen/ottla.ts';
import type { BrokerIdentity, ControllerChannel } from './controller-channel.ts';
import { saysRegistrationOver } from './controller-channel.ts';
import type { Deadlines } from './deadlines.ts';
import { Backoff } from './replication/backoff.ts';
import type { IsrProposal } from './replication/isr-state.ts';
import type { Partition } from './replication/partition.ts';

const DEADLINE_MS = 2000;
/** A refusal that metadata should explain: asked again, in case it never does. */
const UNEXPLAINED_RETRY_MS = 1000;

export interface IsrUpdaterOptions {
  readonly identity: BrokerIdentity;
  readonly channel: ControllerChannel;
  readonly clock: Clock;
  readonly random: Random;
  readonly deadlines: Deadlines;
  readonly logger: Logger;
  readonly meter: Meter;
  /** The controller does not know this broker's registration any more. */
  readonly onRegistrationOver: () => void;
  /** A bug, not an operating error: the node must stop. */
  readonly onFatal: (error: Error) => void;
}

interface Asked {
  readonly partition: Partition;
  readonly proposal: IsrProposal;
}

/**
 * Carries proposals of in-sync replicas to the controller, all that are waiting in one request, one
 * request at a time. A proposal stays until it is answered or no longer wanted, so that a lost
 * answer never freezes the in-sync replicas (KAFKA-14010).
 */
export class IsrUpdater {
  readonly #options: IsrUpdaterOptions;
  readonly #backoff: Backoff;
  readonly #waiting = new Map<string, Asked>();
  readonly #changes: Readonly<Record<IsrProposal['change'], Counter>>;
  #isBusy = false;
  #isClosed = false;

  constructor(options: IsrUpdaterOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options, { firstMs: 50, maxMs: 500 });
    const { meter } = options;
    const shrinks = meter.counter({
      name: 'kafka_server_replicamanager_isrshrinks_total',
      help: 'Times that replicas fell out of the in-sync replicas of a partition led here',
    });
    this.#changes = {
      expand: meter.counter({
        name: 'kafka_server_replicamanager_isrexpands_total',
        help: 'Times that followers joined the in-sync replicas of a partition led here',
      }),
      shrink: shrinks,
      resign: shrinks,
    };
  }

  propose(partition: Partition, proposal: IsrProposal): void {
    this.#waiting.set(partition.key, { partition, proposal });
    this.#start();
  }

  close(): void {
    this.#isClosed = true;
    this.#backoff.cancel();
    this.#waiting.clear();
  }

  /** Deferred, so that proposals of one event travel together. */
  #start(): void {
    if (this.#isBusy || this.#isClosed) return;
    this.#isBusy = true;
    this.#options.clock.defer(() => this.#launch());
  }

  #launch(): void {
    this.#run().catch((error: Error) => this.#options.onFatal(error));
  }

  async #run(): Promise<void> {
    const asked = this.#takeCurrent();
    let isAnswered = true;
    if (asked.length > 0) isAnswered = await this.#send(asked);
    if (this.#isClosed) return;
    if (isAnswered) this.#backoff.reset();
    this.#isBusy = false;
    if (this.#waiting.size === 0) return;
    if (isAnswered) this.#start();
    else {
      this.#isBusy = true;
      this.#backoff.schedule(() => this.#launch());
    }
  }

  /** What is still wanted: a metadata change may have answered a proposal in another way. */
  #takeCurrent(): Asked[] {
    const asked = [...this.#waiting.values()].filter(
      ({ partition, proposal }) => partition.pendingIsr === proposal,
    );
    this.#waiting.clear();
    return asked;
  }

  /** False when nothing is known of the outcome: the same proposals go again. */
  async #send(asked: readonly Asked[]): Promise<boolean> {
    const { identity, channel } = this.#options;
    const request = {
      brokerId: identity.brokerId,
      brokerEpoch: identity.brokerEpoch(),
      partitions: asked.map(itemOf),
    };
    try {
      const response = await channel.askOnce(ControllerService.alterPartition, {
        request,
        deadlineMs: DEADLINE_MS,
      });
      if (this.#isClosed) return true;
      if (response.errorCode === 0) return this.#onResults(asked, response.partitions);
      if (saysRegistrationOver(response.errorCode)) this.#options.onRegistrationOver();
    } catch (error) {
      if (!(error instanceof OttlaError)) throw error;
      this.#options.logger.debug('in-sync replicas could not be proposed', { code: error.code });
    }
    for (const one of asked) this.#keep(one);
    return false;
  }

  #onResults(asked: readonly Asked[], results: readonly AlterPartitionResult[]): boolean {
    const byKey = new Map(results.map((r) => [`${r.topicId}-${r.partition}`, r]));
    let isAnswered = true;
    for (const one of asked) {
      const result = byKey.get(one.partition.key);
      const isDone = result !== undefined && this.#onResult(one, result);
      if (!isDone) this.#keep(one);
      isAnswered &&= isDone;
    }
    return isAnswered;
  }

  /** False when the same proposal must be sent again soon. */
  #onResult(asked: Asked, result: AlterPartitionResult): boolean {
    const { partition, proposal } = asked;
    const code = errorCodeOf(result.errorCode);
    const log = { partition: partition.describe(), change: proposal.change, code };
    switch (code) {
      case 'NONE': {
        const { leader, leaderEpoch, isr, partitionEpoch } = result;
        const registration = { leader, leaderEpoch, isr, partitionEpoch };
        this.#changes[proposal.change].add(1);
        this.#options.logger.info('in-sync replicas changed', { ...log, isr: isr.join(',') });
        partition.onIsrAnswer(proposal, { kind: 'committed', registration });
        return true;
      }
      case 'INELIGIBLE_REPLICA':
        this.#options.logger.info('in-sync replicas were refused', log);
        partition.onIsrAnswer(proposal, { kind: 'refused', code });
        return true;
      case 'NOT_CONTROLLER':
      case 'UNKNOWN_SERVER_ERROR':
      case 'REQUEST_TIMED_OUT':
        return false;
      default:
        this.#options.logger.info('in-sync replicas were refused, metadata will tell why', log);
        partition.onIsrAnswer(proposal, { kind: 'refused', code });
        this.#options.deadlines.add(UNEXPLAINED_RETRY_MS, () => {
          if (partition.pendingIsr === proposal) this.propose(partition, proposal);
        });
        return true;
    }
  }

  /** Unless the partition has proposed something newer meanwhile. */
  #keep(asked: Asked): void {
    if (!this.#waiting.has(asked.partition.key)) this.#waiting.set(asked.partition.key, asked);
  }
}

const itemOf = ({
  partition,
  proposal: { minInsyncReplicas, ...proposal },
}: Asked): AlterPartitionItem => ({
  topicId: partition.topicId,
  partition: partition.partition,
  leaderEpoch: proposal.leaderEpoch,
  partitionEpoch: proposal.partitionEpoch,
  newIsr: proposal.isr,
  ...(minInsyncReplicas === undefined ? {} : { minInsyncReplicas }),
});
