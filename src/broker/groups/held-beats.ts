import type { ErrorCode } from '../../base/errors.ts';
import type { Deadlines } from '../deadlines.ts';
import type { GroupCore } from './group-core.ts';
import type { GenerationIdentity } from './types.ts';

/** Of one answer, whatever the member asks for: what is held has a bound in time. */
const WAIT_MAX_MS = 10_000;

interface Held {
  readonly member: GenerationIdentity;
  readonly answer: (code: ErrorCode) => void;
}

/**
 * Heartbeats whose answers are held back while there is nothing to tell: that the others gather is
 * heard of at once, not at the next beat. Without them a cooperative rebalance, which is two, takes
 * two intervals longer than its members need. Sessions know nothing of it: they begin at the beat.
 */
export class HeldBeats {
  readonly #core: Pick<GroupCore, 'state' | 'generation' | 'standing'>;
  readonly #deadlines: Pick<Deadlines, 'add'>;
  readonly #held = new Set<Held>();
  #seenState: string;
  #seenGeneration: number;
  #isClosed = false;

  constructor(
    core: Pick<GroupCore, 'state' | 'generation' | 'standing'>,
    deadlines: Pick<Deadlines, 'add'>,
  ) {
    this.#core = core;
    this.#deadlines = deadlines;
    this.#seenState = core.state;
    this.#seenGeneration = core.generation;
  }

  /**
   * Resolves with NONE after `waitMs`, or as soon as the member has to hear of something else: at
   * once where that came between its beat and this call, for nothing else would tell of it.
   */
  hold(member: GenerationIdentity, waitMs: number): Promise<ErrorCode> {
    const code = this.#isClosed ? 'NOT_COORDINATOR' : this.#core.standing(member);
    if (code !== 'NONE') return Promise.resolve(code);
    return new Promise((resolve) => {
      const answer = (code: ErrorCode): void => {
        if (!this.#held.delete(held)) return;
        deadline.cancel();
        resolve(code);
      };
      const held: Held = { member, answer };
      const limitMs = Math.min(waitMs, WAIT_MAX_MS);
      const deadline = this.#deadlines.add(limitMs, () => answer(this.#core.standing(member)));
      this.#held.add(held);
    });
  }

  /** Looks at those held only where the group is in another state: commits are events, too. */
  onEvent(): void {
    const { state, generation } = this.#core;
    if (state === this.#seenState && generation === this.#seenGeneration) return;
    this.#seenState = state;
    this.#seenGeneration = generation;
    for (const { member, answer } of [...this.#held]) {
      const code = this.#core.standing(member);
      if (code !== 'NONE') answer(code);
    }
  }

  /** This broker does not coordinate the group any more. */
  close(): void {
    this.#isClosed = true;
    for (const { answer } of [...this.#held]) answer('NOT_COORDINATOR');
  }
}
