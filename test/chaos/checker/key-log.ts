import type { Operation, SendOperation, Sent } from './history.ts';

/** How one value was sent, all in all. */
export interface Write extends Sent {
  readonly process: string;
  /** Index of the operation that began it. */
  readonly invokedAt: number;
  type: 'ok' | 'fail' | 'info';
  offset?: number;
}

/** One partition as the clients together saw it. */
export class KeyLog {
  /** Every value that anybody saw at an offset, or was told of. */
  readonly valuesByOffset: ReadonlyMap<number, ReadonlySet<string>>;
  /** One value an offset, without the gaps. */
  readonly dense: readonly string[];
  /** Places of a value in `dense`: more than one only if offsets conflict. */
  readonly indexesOf: ReadonlyMap<string, readonly number[]>;

  constructor(valuesByOffset: ReadonlyMap<number, ReadonlySet<string>>) {
    this.valuesByOffset = valuesByOffset;
    const inOrder = [...valuesByOffset].sort(([a], [b]) => a - b);
    this.dense = inOrder.flatMap(([, values]) => [...values].slice(0, 1));
    const indexesOf = new Map<string, number[]>();
    for (const [index, [, values]] of inOrder.entries()) {
      for (const value of values) indexesOf.set(value, [...(indexesOf.get(value) ?? []), index]);
    }
    this.indexesOf = indexesOf;
  }

  /** The value's first place, or undefined where nobody knows it. */
  firstIndexOf(value: string): number | undefined {
    return this.indexesOf.get(value)?.[0];
  }

  lastIndexOf(value: string): number | undefined {
    return this.indexesOf.get(value)?.at(-1);
  }
}

/** A history, turned around: by key, by value. */
export interface Indexed {
  readonly operations: readonly Operation[];
  readonly keys: readonly string[];
  logOf(key: string): KeyLog;
  /** In the order in which they began. */
  writesOf(key: string): readonly Write[];
  /** Values of a key that a poll has returned. */
  readOf(key: string): ReadonlySet<string>;
}

/** True for what is in the log: acknowledged, or of unknown outcome and read by somebody. */
export const mustHaveCommitted = (write: Write, read: ReadonlySet<string>): boolean =>
  write.type === 'ok' || (write.type === 'info' && read.has(write.value));

export const indexHistory = (operations: readonly Operation[]): Indexed => {
  const writes = writesByKey(operations);
  const reads = readsByKey(operations);
  const keys = [...new Set([...writes.keys(), ...reads.keys()])].sort();
  const logs = new Map(
    keys.map((key) => [key, keyLogOf(operations, { key, writes, reads })] as const),
  );
  return {
    operations,
    keys,
    logOf: (key) => logs.get(key) ?? new KeyLog(new Map()),
    writesOf: (key) => writes.get(key) ?? [],
    readOf: (key) => reads.get(key) ?? new Set(),
  };
};

const writesByKey = (operations: readonly Operation[]): Map<string, Write[]> => {
  const byKey = new Map<string, Write[]>();
  const open = new Map<number, Write[]>();
  for (const operation of operations) {
    if (operation.f !== 'send') continue;
    if (operation.type === 'invoke') {
      const { process, index: invokedAt } = operation;
      const begun = operation.sent.map(
        (sent): Write => ({ ...sent, process, invokedAt, type: 'info' }),
      );
      open.set(invokedAt, begun);
      for (const write of begun) {
        const earlier = byKey.get(write.key);
        if (earlier === undefined) byKey.set(write.key, [write]);
        else earlier.push(write);
      }
    } else complete(operation, open.get(operation.invocation ?? -1) ?? []);
  }
  return byKey;
};

const complete = (operation: SendOperation, begun: readonly Write[]): void => {
  if (operation.type === 'invoke') return;
  for (const [at, write] of begun.entries()) {
    write.type = operation.type;
    const offset = operation.sent[at]?.offset;
    if (offset !== undefined) write.offset = offset;
  }
};

const readsByKey = (operations: readonly Operation[]): Map<string, Set<string>> => {
  const byKey = new Map<string, Set<string>>();
  for (const operation of operations) {
    if (operation.f !== 'poll' || operation.type !== 'ok') continue;
    for (const { key, records } of operation.polled) {
      const values = byKey.get(key) ?? new Set();
      byKey.set(key, values);
      for (const [, value] of records) values.add(value);
    }
  }
  return byKey;
};

interface Sources {
  readonly key: string;
  readonly writes: ReadonlyMap<string, readonly Write[]>;
  readonly reads: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Polls count whatever their outcome: nobody may ever be shown what is not safe. */
const keyLogOf = (operations: readonly Operation[], { key, writes, reads }: Sources): KeyLog => {
  const valuesByOffset = new Map<number, Set<string>>();
  const note = (offset: number, value: string): void => {
    const values = valuesByOffset.get(offset) ?? new Set();
    valuesByOffset.set(offset, values);
    values.add(value);
  };
  const read = reads.get(key) ?? new Set();
  for (const write of writes.get(key) ?? []) {
    if (write.offset !== undefined && mustHaveCommitted(write, read)) {
      note(write.offset, write.value);
    }
  }
  for (const operation of operations) {
    if (operation.f !== 'poll') continue;
    for (const polled of operation.polled) {
      if (polled.key !== key) continue;
      for (const [offset, value] of polled.records) note(offset, value);
    }
  }
  return new KeyLog(valuesByOffset);
};
