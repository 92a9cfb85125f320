import type { Entry, HardState, SnapshotId } from '../../../../src/raft/core/entry.ts';
import type { Append, Envelope, RaftMessage } from '../../../../src/raft/core/messages.ts';
import { RaftCore } from '../../../../src/raft/core/raft-core.ts';
import type {
  Persist,
  RaftConfig,
  RaftInput,
  RaftOutput,
  RaftStatus,
} from '../../../../src/raft/core/types.ts';
import { defineRaftConfig } from '../../../../src/raft/core/types.ts';

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Entries of the given terms at indexes 1, 2, 3, ... */
export const logOf = (...terms: readonly number[]): Entry[] =>
  terms.map((term, at) => ({ index: at + 1, term, kind: 'data', payload: bytesOf(`e${at + 1}`) }));

export interface StartOptions {
  readonly id?: number;
  readonly voters?: readonly number[];
  readonly hardState?: HardState;
  readonly entries?: readonly Entry[];
  readonly snapshot?: SnapshotId;
  readonly canVote?: boolean;
  readonly config?: Partial<RaftConfig>;
}

/** One core whose disk is either instant (`step`) or in the hands of the test (`stepOnly`). */
export class SoloNode {
  readonly core: RaftCore;
  readonly outputs: RaftOutput[] = [];
  readonly applied: Entry[] = [];
  private readonly voters: readonly number[];

  constructor(options: StartOptions = {}) {
    const { id = 1, voters = [1, 2, 3], config = {} } = options;
    this.voters = voters;
    this.core = new RaftCore(defineRaftConfig({ id, voters, randomTicks: () => 0, ...config }), {
      hardState: options.hardState ?? {
        term: options.entries?.at(-1)?.term ?? options.snapshot?.term ?? 0,
        votedFor: undefined,
      },
      snapshot: options.snapshot,
      entries: options.entries ?? [],
      canVote: options.canVote ?? true,
    });
  }

  get status(): RaftStatus {
    return this.core.status();
  }

  /** Steps and takes one output; nothing is synced. */
  stepOnly(input: RaftInput): RaftOutput {
    this.core.step(input);
    return this.take();
  }

  take(): RaftOutput {
    const output = this.core.takeOutput();
    this.outputs.push(output);
    this.applied.push(...output.apply);
    return output;
  }

  /** Steps, syncs whatever has to be synced, and returns all that was sent. */
  step(input: RaftInput): Envelope[] {
    this.core.step(input);
    return this.settle();
  }

  settle(): Envelope[] {
    const sent: Envelope[] = [];
    for (;;) {
      const output = this.take();
      sent.push(...output.sendNow, ...output.sendAfterPersist);
      if (output.persist === undefined && !output.more) return sent;
      if (output.persist !== undefined) {
        this.core.step({ kind: 'persisted', seq: output.persist.seq });
      }
    }
  }

  receive(message: RaftMessage): Envelope[] {
    return this.step({ kind: 'message', message });
  }

  receiveOnly(message: RaftMessage): RaftOutput {
    return this.stepOnly({ kind: 'message', message });
  }

  tick(count = 1): Envelope[] {
    const sent: Envelope[] = [];
    for (let tick = 0; tick < count; tick += 1) sent.push(...this.step({ kind: 'tick' }));
    return sent;
  }

  propose(text: string): { index: number; term: number } | undefined {
    return this.core.propose(bytesOf(text));
  }

  /** Lets the node win an election by the votes of all others; it then leads the next term. */
  lead(): this {
    const others = this.voters.filter((voter) => voter !== this.status.id);
    this.tick(10);
    const term = this.status.term + (this.status.role === 'preCandidate' ? 1 : 0);
    for (const from of others) this.receive({ kind: 'preVoteReply', term, from, granted: true });
    for (const from of others) this.receive({ kind: 'voteReply', term, from, granted: true });
    return this;
  }

  /** Has a peer confirm the log up to `matchIndex`. */
  confirm(from: number, matchIndex: number): Envelope[] {
    return this.receive(matchReply(this.status.term, from, matchIndex));
  }

  /** Follows node 2 in `term`. */
  follow(term: number): this {
    this.receive(heartbeat(term, 2));
    return this;
  }
}

export const heartbeat = (term: number, from: number, commitIndex = 0): Append => ({
  kind: 'append',
  term,
  from,
  prevIndex: 0,
  prevTerm: 0,
  entries: [],
  commitIndex,
});

/** An append of `entries`, anchored at the entry before the first of them. */
export const append = (
  term: number,
  entries: readonly Entry[],
  rest: Partial<Append> = {},
): Append => ({
  kind: 'append',
  term,
  from: 2,
  prevIndex: (entries[0]?.index ?? 1) - 1,
  prevTerm: 0,
  entries,
  commitIndex: 0,
  ...rest,
});

export const matchReply = (term: number, from: number, matchIndex: number): RaftMessage => ({
  kind: 'appendReply',
  term,
  from,
  success: true,
  matchIndex,
  hintIndex: 0,
  hintTerm: 0,
});

export const vote = (term: number, from: number, last: SnapshotId): RaftMessage => ({
  kind: 'vote',
  term,
  from,
  lastIndex: last.index,
  lastTerm: last.term,
});

export const preVote = (term: number, from: number, last: SnapshotId): RaftMessage => ({
  kind: 'preVote',
  term,
  from,
  lastIndex: last.index,
  lastTerm: last.term,
});

export const ofKind = <Kind extends RaftMessage['kind']>(
  sent: readonly Envelope[],
  kind: Kind,
): (Extract<RaftMessage, { kind: Kind }> & { readonly to: number })[] =>
  sent.flatMap(({ to, message }) =>
    message.kind === kind ? [{ ...(message as Extract<RaftMessage, { kind: Kind }>), to }] : [],
  );

export const termsOf = (persist: Persist | undefined): number[] =>
  (persist?.entries ?? []).map((entry) => entry.term);
