import { OttlaError } from '../../base/errors.ts';
import type { DirectoryId, NodeId } from '../../base/ids.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import { named } from '../timing.ts';

/** A controller that votes: a node with one directory. */
export interface QuorumVoter {
  readonly nodeId: NodeId;
  /** Empty: not known yet. */
  readonly directoryId: DirectoryId;
  /** host:port of its peer listener. */
  readonly address: string;
}

export interface QuorumChange {
  /** False: it was so before. */
  readonly isChanged: boolean;
  /** The voters since. */
  readonly voters: readonly QuorumVoter[];
}

export interface RemoveControllerOptions extends TimedCallOptions {
  /**
   * Only the voter with this directory is meant: VOTER_NOT_FOUND, and nothing is changed, where
   * the voter of that number has another one by now. Left out: whichever it has.
   */
  readonly directoryId?: DirectoryId;
}

/**
 * Takes controllers into the quorum and out of it, one at a time, while the cluster works. Made by
 * `Admin.quorum`; who is in it tells `Admin.describeCluster`.
 */
export class QuorumAdmin {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * Makes a controller that runs and only follows the metadata log a voter; resolves when that is
   * committed. Waits for it to catch up, up to the broker's limit of 15 s: REPLICA_NOT_AVAILABLE
   * then (retriable). Throws RESOURCE_NOT_FOUND (it does not follow the log), INELIGIBLE_REPLICA
   * (no vote to give, nobody or another node at the address that it gives, or a voter with another
   * directory: remove it first), POLICY_VIOLATION (no majority would be up), UNSUPPORTED_VERSION
   * (the cluster is below metadata.version 4, or a voter is of an earlier release);
   * NOT_ENOUGH_REPLICAS and NO_CONTROLLER (retriable).
   */
  addController(nodeId: NodeId, options: TimedCallOptions = {}): Promise<QuorumChange> {
    return named('addController', options.signal, () => this.#alter(nodeId, false, options));
  }

  /**
   * Takes a voter out; resolves when that is committed by the others. It goes on as an observer
   * where it runs, and hands over first where it leads. A repeat after a lost answer removes
   * whoever has the number then, unless `directoryId` tells which one is meant. Throws as
   * `addController`, POLICY_VIOLATION for the last voter, VOTER_NOT_FOUND where the voter has
   * another directory (neither is retriable).
   */
  removeController(nodeId: NodeId, options: RemoveControllerOptions = {}): Promise<QuorumChange> {
    return named('removeController', options.signal, async () => {
      if (options.directoryId === '') throw noDirectory(nodeId);
      return await this.#alter(nodeId, true, options);
    });
  }

  async #alter(
    nodeId: NodeId,
    remove: boolean,
    options: RemoveControllerOptions,
  ): Promise<QuorumChange> {
    const { timeoutMs = this.#context.requestTimeoutMs, signal, directoryId = '' } = options;
    const { changed, voters } = await this.#context.calls.any(ClientService.alterQuorum, {
      request: { nodeId, remove, directoryId },
      timeoutMs,
      signal,
    });
    return { isChanged: changed, voters };
  }
}

/** As an empty variable of a script gives it: any directory would be meant. */
const noDirectory = (nodeId: NodeId): OttlaError =>
  new OttlaError(
    'INVALID_REQUEST',
    `the directory of voter ${nodeId} is empty: give its id, or leave it out`,
  );
