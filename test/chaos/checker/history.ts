/**
 * What clients did and saw, in the format of Jepsen's Kafka workload: a list of operations in the
 * order in which they began and ended. A process does nothing after it has crashed; who goes on in
 * its place has another name. A key is one partition; every value is sent once, to one key.
 */
export type Operation = SendOperation | PollOperation | AssignOperation | GroupOperation;

export type Outcome =
  | 'invoke'
  | 'ok'
  /** It surely did not happen. */
  | 'fail'
  /** Nobody knows: a time-out, a lost connection, a crash. */
  | 'info';

interface Common {
  /** Place in the history, 0 and up. */
  readonly index: number;
  readonly timeMs: number;
  readonly process: string;
  readonly type: Outcome;
}

export interface SendOperation extends Common {
  readonly f: 'send';
  /** Of an outcome: the index of the operation that it ends. Several may be open at once. */
  readonly invocation?: number;
  /** Of one that did not end well: why, as the client was told. */
  readonly code?: string;
  /** In the order of sending. */
  readonly sent: readonly Sent[];
}

export interface Sent {
  readonly key: string;
  readonly value: string;
  /** Known only where the outcome says it. */
  readonly offset?: number;
}

export interface PollOperation extends Common {
  readonly f: 'poll';
  /** Of one that failed too: nobody may ever be shown what is not safe. */
  readonly polled: readonly Polled[];
  /**
   * A member of this group has handled the records; `info`: after the partition was taken from it,
   * which leaves its place in the order alone.
   */
  readonly group?: string;
}

export interface Polled {
  readonly key: string;
  /** In the order of delivery. */
  readonly records: ReadonlyArray<readonly [offset: number, value: string]>;
}

/**
 * The process reads these keys from here on, and no others. Where it had a key before, it goes on
 * from there; who begins elsewhere is another process.
 */
export interface AssignOperation extends Common {
  readonly f: 'assign';
  readonly keys: readonly string[];
}

/** What members of consumer groups do; a process is one life of one member. */
export type GroupOperation =
  | HoldOperation
  | ReleaseOperation
  | CommitOperation
  | CommittedOperation
  | DrainedOperation;

interface OfGroup extends Common {
  readonly group: string;
}

/** The member is told of a generation. Noted before it gets or asks for anything in it. */
export interface HoldOperation extends OfGroup {
  readonly f: 'hold';
  readonly generation: number;
  /** All that it has now, with what it is about to give up. */
  readonly keys: readonly string[];
}

/** `invoke`: it begins to give them up, and has them no more. `info`: it lost them, or has died. */
export interface ReleaseOperation extends OfGroup {
  readonly f: 'release';
  readonly invocation?: number;
  readonly keys: readonly string[];
}

export interface CommitOperation extends OfGroup {
  readonly f: 'commit';
  readonly invocation?: number;
  /** In which it began, as far as the member knew. */
  readonly generation?: number;
  readonly code?: string;
  /** Of the next record to be handled: all below is handled. */
  readonly offsets: readonly KeyOffset[];
  /** Goes where somebody wants the group to go on, and claims nothing. */
  readonly isReset?: boolean;
}

export interface KeyOffset {
  readonly key: string;
  readonly offset: number;
}

/** Anybody asks what the group has committed. */
export interface CommittedOperation extends OfGroup {
  readonly f: 'committed';
  readonly invocation?: number;
  readonly code?: string;
  /** Of an `ok`: without an offset where nothing is committed. Of an `invoke`: may be empty. */
  readonly offsets: ReadonlyArray<{ readonly key: string; readonly offset?: number }>;
}

/** The group has handled these keys up to their ends, and nobody sends any more. */
export interface DrainedOperation extends OfGroup {
  readonly f: 'drained';
  readonly keys: readonly string[];
}

type Fresh<T> = T extends Operation ? Omit<T, 'index'> : never;
export type NewOperation = Fresh<Operation>;

/** Collects operations, and numbers them. */
export class History {
  readonly operations: Operation[] = [];

  /** The index that it was given. */
  add(operation: NewOperation): number {
    const index = this.operations.length;
    this.operations.push({ ...operation, index });
    return index;
  }
}
