import { errorCodeOf } from '../../base/errors.ts';
import type { Timer } from '../../env/clock.ts';
import { GroupService } from '../../gen/ottla.ts';
import type { ClientContext } from '../context.ts';
import { asOttlaError } from '../timing.ts';
import type { AssignmentQuestion, Assignments, Assignor } from './assignors/assignor.ts';
import type { ConsumerSettings } from './consumer-options.ts';
import { decodeAssignment } from './consumer-protocol.ts';
import type { CoordinatorCalls } from './coordinator-calls.ts';
import { nameOf } from './partition-sets.ts';

/** How the leader of a generation came to its shares. */
interface Decision {
  readonly assignor: Assignor;
  readonly question: AssignmentQuestion;
}

/**
 * True where nobody has a partition that the assignor would give away if it were asked now, or
 * somebody has one of a topic that is not for it.
 */
export const hasOrphans = ({ assignor, question }: Decision, shares: Assignments): boolean => {
  const isMisplaced = question.members.some(({ memberId, topics }) =>
    (shares.get(memberId) ?? []).some(({ topic }) => !topics.includes(topic)),
  );
  if (isMisplaced) return true;
  const members = question.members.map((member) => ({
    ...member,
    owned: shares.get(member.memberId) ?? [],
  }));
  const owned = new Set([...shares.values()].flat().map(nameOf));
  const next = assignor.assign({ ...question, members });
  return [...next.values()].flat().some((at) => !owned.has(nameOf(at)));
};

/** Kafka's name of the state in which all members have their shares. */
const STABLE = 'Stable';

export interface OrphanWatchDeps {
  readonly context: ClientContext;
  readonly settings: ConsumerSettings;
  readonly calls: CoordinatorCalls;
  readonly signal: AbortSignal;
  readonly onFound: () => void;
}

/**
 * The eye of a group's leader on partitions that nobody has. A cooperative assignor withholds what
 * a member still holds: that one gives it up and joins again, and then it is given away. A static
 * member that ends in between is given its new share when it comes back, without a rebalance, and
 * knows nothing of what it was to give up. And a static leader that is back is not heard: what was
 * added to a topic while it was away is in its decision, and with nobody; a member that was put on
 * standby meanwhile has its share still. So a session after the
 * shares were decided, when what had to be given up is, or its holder gone or back without it, the
 * leader looks at what was given.
 */
export class OrphanWatch {
  readonly #deps: OrphanWatchDeps;
  #timer: Timer | undefined;

  constructor(deps: OrphanWatchDeps) {
    this.#deps = deps;
  }

  /** `isOver`: these shares count no more. */
  watch(decision: Decision & { readonly isOver: () => boolean }): void {
    this.stop();
    const { question, isOver } = decision;
    if (question.members.every(({ instanceId }) => instanceId === undefined)) return;
    const { context, settings } = this.#deps;
    this.#timer = context.clock.setTimer(settings.sessionTimeoutMs, () => {
      if (!isOver()) void this.#look(decision);
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Never rejects: what is not told now is asked later. */
  async #look(decision: Decision & { readonly isOver: () => boolean }): Promise<void> {
    const { context, calls, signal, onFound } = this.#deps;
    const { groupId } = calls;
    try {
      const { state, members } = await calls.call(GroupService.describeGroup, {
        request: { groupId },
        codeOf: ({ errorCode }) => errorCodeOf(errorCode),
        what: 'describing',
        signal,
      });
      if (decision.isOver() || state !== STABLE) return;
      const shares = new Map(
        members.map(({ memberId, assignment }) => [memberId, decodeAssignment(assignment)]),
      );
      if (!hasOrphans(decision, shares)) return;
      context.logger.info('partitions that nobody has are given away', { groupId });
      onFound();
    } catch (error) {
      if (signal.aborted || decision.isOver()) return;
      const { code, message } = asOttlaError(error);
      context.logger.debug('the shares of a group are not to be had', { groupId, code, message });
      this.watch(decision);
    }
  }
}
