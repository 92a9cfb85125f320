import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import type { NodeId, PartitionId } from '../../base/ids.ts';
import type { ReassignmentResult, ReassignmentTarget } from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import { namedCall } from './named-call.ts';

export interface ReassignmentSpec {
  readonly topic: string;
  readonly partition: PartitionId;
  /** The brokers that shall have it in the end, the preferred leader first. */
  readonly replicas: readonly NodeId[];
}

export interface ReassignOptions extends TimedCallOptions {
  /** Whether the number of replicas may become another; default true. */
  readonly allowReplicationFactorChange?: boolean;
}

/** A partition that is being moved. */
export interface Reassignment extends ReassignmentSpec {
  /** All that have it now or are about to, the targets first. */
  readonly replicas: readonly NodeId[];
  /** Those of `replicas` that were brought by it. */
  readonly addingReplicas: readonly NodeId[];
  /** Those of `replicas` that go when it is done. */
  readonly removingReplicas: readonly NodeId[];
  /** Those of `replicas` that are in sync: it is done when all that stay are. */
  readonly isr: readonly NodeId[];
}

export interface ReassignmentFilter extends TimedCallOptions {
  /** Left out or empty: of all topics. */
  readonly topics?: readonly string[];
}

/**
 * Moves partitions to other brokers while they are written and read. A move survives the end of any
 * broker and controller; calls are answered by the active controller. Made by `Admin.partitions`.
 */
export class ReassignmentAdmin {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * Begins moves, or replaces those under way; resolves when they are committed, not when they are
   * done: see `listReassignments`. Throws UNKNOWN_TOPIC_OR_PARTITION, INVALID_REPLICA_ASSIGNMENT
   * (a broker that is unknown, down or named twice), INVALID_REPLICATION_FACTOR and
   * UNSUPPORTED_VERSION (not retriable); others of the same call may have begun.
   */
  async reassign(specs: readonly ReassignmentSpec[], options: ReassignOptions = {}): Promise<void> {
    const targets = specs.map((spec) => ({ ...spec, cancel: false }));
    await this.#alter('reassign', targets, options);
  }

  /**
   * Ends moves and keeps the replicas from before them. Throws NO_REASSIGNMENT_IN_PROGRESS where
   * none is under way, and INVALID_REPLICA_ASSIGNMENT while too few of those replicas are in sync
   * (neither retriable); others of the same call may have been cancelled.
   */
  async cancel(
    partitions: ReadonlyArray<Pick<ReassignmentSpec, 'topic' | 'partition'>>,
    options: TimedCallOptions = {},
  ): Promise<void> {
    const targets = partitions.map(({ topic, partition }) => ({
      topic,
      partition,
      replicas: [],
      cancel: true,
    }));
    await this.#alter('cancel', targets, options);
  }

  /** What is under way, by topic and partition. */
  async listReassignments(filter: ReassignmentFilter = {}): Promise<Reassignment[]> {
    const request = { topics: filter.topics ?? [] };
    const { reassignments } = await namedCall(this.#context, ClientService.listReassignments, {
      what: 'listReassignments',
      ...filter,
      request,
    });
    return [...reassignments];
  }

  async #alter(
    what: string,
    targets: readonly ReassignmentTarget[],
    options: ReassignOptions,
  ): Promise<void> {
    const { allowReplicationFactorChange = true } = options;
    await namedCall(this.#context, ClientService.alterReassignments, {
      what,
      ...options,
      request: { targets, allowReplicationFactorChange },
      failureOf: ({ results }, isRepeat) =>
        results.map((result) => failureOf(what, result, isRepeat)).find(Boolean),
    });
  }
}

/** A cancel that was asked for again finds nothing to cancel: the first one has done it. */
const failureOf = (
  what: string,
  { topic, partition, errorCode, errorMessage }: ReassignmentResult,
  isRepeat: boolean,
): OttlaError | undefined => {
  const code = errorCodeOf(errorCode);
  if (code === 'NONE') return undefined;
  if (isRepeat && what === 'cancel' && code === 'NO_REASSIGNMENT_IN_PROGRESS') return undefined;
  const message = errorMessage === '' ? `${what} ${topic}-${partition}: ${code}` : errorMessage;
  // The controller knows all topics: its "unknown" does not pass by waiting.
  return code === 'UNKNOWN_TOPIC_OR_PARTITION'
    ? new OttlaError(code, message, { retriable: false })
    : new OttlaError(code, message);
};
