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
import type { Ballot, Voter } from '../../../../src/raft/core/voters.ts';

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export const directoryOf = (id: number): string => `directory-${id}`;

export const addressOf = (id: number): string => `host-${id}`;

/** As a configuration names voters: without their directories. */
export const votersOf = (ids: readonly number[]): Voter[] =>
  ids.map((id) => ({ id, directoryId: '', address: addressOf(id) }));

/** As a log names them. */
export const namedVoters = (ids: readonly number[]): Voter[] =>
  ids.map((id) => ({ id, directoryId: directoryOf(id), address: addressOf(id) }));

/** What a sound node says of itself. */
export const ballotOf = (id: number): Ballot => ({
  directoryId: directoryOf(id),
  canVote: true,
  onlyIfNamed: false,
  address: addressOf(id),
});

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
  readonly onlyIfNamed?: boolean;
  readonly snapshotVoters?: readonly Voter[];
  readonly config?: Partial<RaftConfig>;
}

type Incoming = Partial<Pick<Envelope, 'ballot' | 'toDirectory'>>;

/** A message as it comes in from a sound node. */
export const incoming = (message: RaftMessage, rest: Incoming = {}): RaftInput => ({
  kind: 'message',
  message,
  toDirectory: '',
  ballot: ballotOf(message.from),
  ...rest,
});

/** One core whose disk is either instant (`step`) or in the hands of the test (`stepOnly`). */
export class SoloNode {
  readonly core: RaftCore;
  readonly outputs: RaftOutput[] = [];
  readonly applied: Entry[] = [];
  private readonly voters: readonly number[];
  private readonly directoryId: string;

  constructor(options: StartOptions = {}) {
    const { id = 1, voters = [1, 2, 3], config = {} } = options;
    this.voters = voters;
    const own = { id, directoryId: directoryOf(id), address: addressOf(id) };
    const given = { ...own, voters: votersOf(voters), randomTicks: () => 0, ...config };
    this.directoryId = given.directoryId;
    this.core = new RaftCore(defineRaftConfig(given), {
      hardState: options.hardState ?? {
        term: options.entries?.at(-1)?.term ?? options.snapshot?.term ?? 0,
        votedFor: undefined,
      },
      snapshot: options.snapshot,
      snapshotVoters: options.snapshotVoters ?? [],
      entries: options.entries ?? [],
      canVote: options.canVote ?? true,
      onlyIfNamed: options.onlyIfNamed ?? false,
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

  receive(message: RaftMessage, rest: Incoming = {}): Envelope[] {
    return this.step(this.incoming(message, rest));
  }

  receiveOnly(message: RaftMessage): RaftOutput {
    return this.stepOnly(this.incoming(message));
  }

  /** Answers to votes name the directory that asked. */
  private incoming(message: RaftMessage, rest: Incoming = {}): RaftInput {
    const isAnswer = message.kind === 'preVoteReply' || message.kind === 'voteReply';
    return incoming(message, { toDirectory: isAnswer ? this.directoryId : '', ...rest });
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

/** An empty node asks to be replicated to. */
export const observe = (term: number, from: number): RaftMessage => ({
  kind: 'observe',
  term,
  from,
  lastIndex: 0,
  lastTerm: 0,
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
