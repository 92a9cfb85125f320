import { OttlaError } from '../base/errors.ts';
import type { LogIndex, NodeId, Term } from '../base/ids.ts';
import type { VoterChange, VoterRefusal } from './core/membership.ts';
import type { RaftStatus } from './core/types.ts';

/** Why a change of the voters was not begun, in one line with the remedy. */
export const refusedChange = (
  { nodeId, directoryId: meant }: VoterChange,
  refusal: VoterRefusal,
): OttlaError => {
  switch (refusal.why) {
    case 'notLeader':
      return new OttlaError('NOT_CONTROLLER', 'this controller is not the active one');
    case 'handsOver':
    case 'newTerm':
      return new OttlaError(
        'NOT_CONTROLLER',
        'the controllers are changing their leader: try again in a moment',
      );
    case 'underWay':
      return new OttlaError(
        'NOT_ENOUGH_REPLICAS',
        'an earlier change of the controllers is not committed yet: wait, with a majority up',
      );
    case 'tooOld':
      return new OttlaError(
        'UNSUPPORTED_VERSION',
        `controller ${refusal.nodeId} runs a version that knows no changes of voters: update it`,
      );
    case 'noMajority':
      return new OttlaError(
        'POLICY_VIOLATION',
        `of the ${refusal.voterCount} voters there would be, only ${refusal.heardCount} are up ` +
          'and can vote, and nothing could be decided any more: start others, or add one, first',
      );
    case 'noVoter':
      return new OttlaError('VOTER_NOT_FOUND', `node ${nodeId} is no voter`);
    case 'notThatDirectory': {
      const { directoryId } = refusal;
      return new OttlaError(
        'VOTER_NOT_FOUND',
        directoryId === ''
          ? `the directory of voter ${nodeId} is not known yet: start it, or name none`
          : `voter ${nodeId} has directory ${directoryId}, not ${meant}, and stays: ` +
              "see 'ottla cluster status'",
      );
    }
    case 'lastVoter':
      return new OttlaError(
        'POLICY_VIOLATION',
        `controller ${nodeId} is the only voter: add another one first`,
      );
    default:
      return notAdded(nodeId, refusal);
  }
};

type AddRefusal = Extract<
  VoterRefusal,
  { why: 'voterAlready' | 'notHeard' | 'noVote' | 'lostVote' | 'otherDirectory' | 'behind' }
>;

const notAdded = (nodeId: NodeId, refusal: AddRefusal): OttlaError => {
  switch (refusal.why) {
    case 'voterAlready':
      return new OttlaError('DUPLICATE_VOTER', `controller ${nodeId} is a voter already`);
    case 'notHeard':
      return new OttlaError(
        'RESOURCE_NOT_FOUND',
        `node ${nodeId} does not follow the metadata log: start it, with process.roles naming ` +
          'controller and with controller.quorum.voters as on the other nodes, without itself',
      );
    case 'noVote':
      return new OttlaError(
        'INELIGIBLE_REPLICA',
        `node ${nodeId} has no vote to give: its directory must be formatted with ` +
          'process.roles naming controller; one that lost its vote, anew with --rejoin',
      );
    case 'lostVote':
      return new OttlaError(
        'INELIGIBLE_REPLICA',
        `controller ${nodeId} is a voter that has lost its vote: remove it, format a new ` +
          'directory for it with --rejoin, start it, and add it',
      );
    case 'otherDirectory': {
      const known = refusal.directoryId === '' ? '' : ` (${refusal.directoryId})`;
      return new OttlaError(
        'INELIGIBLE_REPLICA',
        `controller ${nodeId} is a voter with another directory${known}, which has taken part ` +
          `before: remove it first, then add node ${nodeId}`,
      );
    }
    case 'behind':
      return new OttlaError(
        'REPLICA_NOT_AVAILABLE',
        `controller ${nodeId} has not caught up with the metadata log ` +
          `(${refusal.missingCount} entries are missing): try again when it has`,
      );
  }
};

interface Waiter {
  readonly index: LogIndex;
  readonly term: Term;
  readonly resolve: () => void;
  readonly reject: (error: OttlaError) => void;
}

/** Those who wait until a change of the voters that this node began, as leader, is committed. */
export class ChangeWaiters {
  #waiters: Waiter[] = [];

  wait(change: { readonly index: LogIndex; readonly term: Term }): Promise<void> {
    return new Promise((resolve, reject) => this.#waiters.push({ ...change, resolve, reject }));
  }

  /** To be called after each step: what the node leads, and has committed, settles the waits. */
  onStatus(core: { status(): RaftStatus }): void {
    if (this.#waiters.length === 0) return;
    const { role, term, commitIndex } = core.status();
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      if (role !== 'leader' || term !== waiter.term) waiter.reject(unknownOutcome());
      else if (commitIndex >= waiter.index) waiter.resolve();
      else this.#waiters.push(waiter);
    }
  }

  failAll(): void {
    for (const { reject } of this.#waiters) reject(unknownOutcome());
    this.#waiters = [];
  }
}

/** Repeating it is safe: what was done already is answered as such. */
const unknownOutcome = (): OttlaError =>
  new OttlaError(
    'NOT_CONTROLLER',
    'this controller leads no more, and the change may still happen: ask the next one',
  );
