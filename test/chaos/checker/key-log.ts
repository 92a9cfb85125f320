import type { Operation, Polled, SendOperation, Sent } from './history.ts';

/** How one value was sent, all in all. */
export interface Write extends Sent {
  readonly process: string;
  /** Index of the operation that began it. */
  readonly invokedAt: number;
  type: 'ok' | 'fail' | 'info';
  offset?: number;
  /** True for what is in the log: its operation was acknowledged, or somebody read a part of it. */
  mustHaveCommitted: boolean;
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

export const indexHistory = (operations: readonly Operation[]): Indexed => {
  const reads = readsByKey(operations);
  const sends = sendsOf(operations);
  for (const writes of sends) decideCommitted(writes, reads);
  const writes = byKey(sends.flat());
  const polls = pollsByKey(operations);
  const keys = [...new Set([...writes.keys(), ...polls.keys()])].sort();
  const logs = new Map(
    keys.map((key) => [key, keyLogOf(writes.get(key) ?? [], polls.get(key) ?? [])] as const),
  );
  return {
    operations,
    keys,
    logOf: (key) => logs.get(key) ?? new KeyLog(new Map()),
    writesOf: (key) => writes.get(key) ?? [],
    readOf: (key) => reads.get(key) ?? new Set(),
  };
};

/** The writes of each send, in the order in which the sends began. */
const sendsOf = (operations: readonly Operation[]): Write[][] => {
  const sends = new Map<number, Write[]>();
  for (const operation of operations) {
    if (operation.f !== 'send') continue;
    if (operation.type === 'invoke') {
      const { process, index: invokedAt } = operation;
      const begun = { process, invokedAt, type: 'info', mustHaveCommitted: false } as const;
      sends.set(
        invokedAt,
        operation.sent.map((sent) => ({ ...sent, ...begun })),
      );
    } else complete(operation, sends.get(operation.invocation ?? -1) ?? []);
  }
  return [...sends.values()];
};

/** A send is in the log as a whole or not at all: one value that was read proves the others. */
const decideCommitted = (
  writes: readonly Write[],
  reads: ReadonlyMap<string, ReadonlySet<string>>,
): void => {
  const isProven = writes.some(
    ({ type, key, value }) => type === 'ok' || (type === 'info' && reads.get(key)?.has(value)),
  );
  for (const write of writes) write.mustHaveCommitted = isProven;
};

const byKey = (writes: readonly Write[]): Map<string, Write[]> => {
  const grouped = new Map<string, Write[]>();
  for (const write of writes) {
    const earlier = grouped.get(write.key);
    if (earlier === undefined) grouped.set(write.key, [write]);
    else earlier.push(write);
  }
  return grouped;
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

/** Polls count whatever their outcome: nobody may ever be shown what is not safe. */
const pollsByKey = (operations: readonly Operation[]): Map<string, Polled[]> => {
  const grouped = new Map<string, Polled[]>();
  for (const operation of operations) {
    if (operation.f !== 'poll') continue;
    for (const polled of operation.polled) {
      const earlier = grouped.get(polled.key);
      if (earlier === undefined) grouped.set(polled.key, [polled]);
      else earlier.push(polled);
    }
  }
  return grouped;
};

const keyLogOf = (writes: readonly Write[], polls: readonly Polled[]): KeyLog => {
  const valuesByOffset = new Map<number, Set<string>>();
  const note = (offset: number, value: string): void => {
    const values = valuesByOffset.get(offset);
    if (values === undefined) valuesByOffset.set(offset, new Set([value]));
    else values.add(value);
  };
  for (const { offset, value, mustHaveCommitted } of writes) {
    if (offset !== undefined && mustHaveCommitted) note(offset, value);
  }
  for (const { records } of polls) for (const [offset, value] of records) note(offset, value);
  return new KeyLog(valuesByOffset);
};
