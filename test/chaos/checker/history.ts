/**
 * What clients did and saw, in the format of Jepsen's Kafka workload: a list of operations in the
 * order in which they began and ended. A process does nothing after it has crashed; who goes on in
 * its place has another name. A key is one partition; every value is sent once, to one key.
 */
export type Operation = SendOperation | PollOperation | AssignOperation;

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
