import { partitionKey } from '../../base/ids.ts';
import type { Clock } from '../../env/clock.ts';
import type { Transport } from '../../env/transport.ts';
import type { PartitionRef } from '../../gen/ottla.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import type { DecideContext, Decision } from '../decision.ts';
import { comparablePartitions, decideRecoveredLeaders, isDecidable } from './recovered-leader.ts';
import { askReplicaEnds } from './replica-ends.ts';

/** How long a topic that allows unclean leaders waits for replicas that may have more. */
const UNCLEAN_WAIT_MS = 5000;

export interface RecoveryDeps {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly context: DecideContext;
  /** Decides and replicates, and sees to errors. */
  readonly submit: (decide: (image: MetadataImage) => Decision<void>) => void;
}

/**
 * Watches for partitions that nobody is sure to have whole, and has the one with most elected: asks
 * the brokers, one round at a time, until that can be decided. Soft: the next controller asks anew.
 */
export class Recovery {
  readonly #deps: RecoveryDeps;
  /** By `partitionKey`: since when this controller has seen it wait. */
  #sinceMs = new Map<string, number>();
  #seen: MetadataImage['topics'] | undefined;
  #refs: readonly PartitionRef[] = [];
  #isAsking = false;

  constructor(deps: RecoveryDeps) {
    this.#deps = deps;
  }

  /** To be called once an interval, with what is committed. */
  check(image: MetadataImage): void {
    if (this.#isAsking) return;
    this.#observe(image);
    const refs = this.#refs.filter((ref) => isDecidable(image, ref, this.#deps.context));
    if (refs.length === 0) return;
    this.#isAsking = true;
    void askReplicaEnds(image, refs, this.#deps.transport).then((ends) => {
      this.#isAsking = false;
      const { context, submit } = this.#deps;
      const isOver = (ref: PartitionRef): boolean => this.#hasWaited(ref);
      submit((now) => decideRecoveredLeaders(now, refs, { ends, isOver, context }));
    });
  }

  #observe(image: MetadataImage): void {
    if (this.#seen === image.topics) return;
    this.#seen = image.topics;
    this.#refs = comparablePartitions(image);
    const nowMs = this.#deps.clock.monotonicMs();
    const keys = this.#refs.map(({ topicId, partition }) => partitionKey(topicId, partition));
    this.#sinceMs = new Map(keys.map((key) => [key, this.#sinceMs.get(key) ?? nowMs]));
  }

  #hasWaited({ topicId, partition }: PartitionRef): boolean {
    const sinceMs = this.#sinceMs.get(partitionKey(topicId, partition));
    return sinceMs !== undefined && this.#deps.clock.monotonicMs() - sinceMs >= UNCLEAN_WAIT_MS;
  }
}
