import type { Operation, PollOperation } from '../checker/history.ts';

/** In which a reader was shown nothing of a partition that held acknowledged records for it. */
export interface Wait {
  /** A reader in all of its lives, or a group. */
  readonly who: string;
  readonly isGroup: boolean;
  readonly key: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Where somebody is in a partition, and since when. */
interface Place {
  readonly who: string;
  readonly isGroup: boolean;
  readonly key: string;
  nextOffset: number;
  sinceMs: number;
}

/** The waits of all readers and groups, in no order, until no more was sent. */
export const findWaits = (operations: readonly Operation[]): Wait[] => {
  const endMs =
    operations.findLast(({ f, type }) => f === 'send' && type === 'invoke')?.timeMs ?? 0;
  const acknowledged = acknowledgementsOf(operations);
  const places = new Places(groupsIn(operations), [...acknowledged.keys()]);
  const waits: Wait[] = [];
  const endAt = (place: Place, timeMs: number): void => {
    const known = acknowledged.get(place.key)?.firstFrom(place.nextOffset);
    const startMs = Math.max(place.sinceMs, known ?? timeMs);
    const { who, isGroup, key } = place;
    if (startMs < timeMs) waits.push({ who, isGroup, key, startMs, endMs: timeMs });
  };
  for (const operation of operations) {
    if (operation.timeMs > endMs) break;
    places.onBegun(operation);
    if (operation.f !== 'poll') continue;
    for (const [place, nextOffset] of places.onPolled(operation)) {
      endAt(place, operation.timeMs);
      place.nextOffset = nextOffset;
      place.sinceMs = operation.timeMs;
    }
  }
  for (const place of places.all) endAt(place, endMs);
  return waits;
};

class Places {
  readonly #byName = new Map<string, Place>();

  /** A group is there from the beginning, also where nobody is ever given anything. */
  constructor(groups: readonly string[], keys: readonly string[]) {
    for (const who of groups) {
      for (const key of keys) this.#begin({ who, isGroup: true, key, sinceMs: 0 });
    }
  }

  get all(): Iterable<Place> {
    return this.#byName.values();
  }

  /** A reader begins at the first record; a group goes on, whoever is given what. */
  onBegun(operation: Operation): void {
    if (operation.f !== 'assign') return;
    const who = readerIn(operation.process);
    if (who === undefined) return;
    const { keys, timeMs: sinceMs } = operation;
    for (const key of keys) this.#begin({ who, isGroup: false, key, sinceMs });
  }

  /** With the offset at which each goes on. */
  onPolled({ process, group, polled }: PollOperation): Array<readonly [Place, number]> {
    const who = group ?? readerIn(process);
    return polled.flatMap(({ key, records }) => {
      const place = this.#byName.get(`${who} ${key}`);
      const last = records.at(-1);
      return place === undefined || last === undefined ? [] : [[place, last[0] + 1] as const];
    });
  }

  #begin(place: Omit<Place, 'nextOffset'>): void {
    this.#byName.set(`${place.who} ${place.key}`, { ...place, nextOffset: 0 });
  }
}

/** Also those of which somebody only asks what they have committed. */
const groupsIn = (operations: readonly Operation[]): string[] => {
  const groups = new Set<string>();
  for (const operation of operations) {
    if ('group' in operation && operation.group !== undefined) groups.add(operation.group);
  }
  return [...groups];
};

/** Those that read all the time have lives with numbers. */
const readerIn = (process: string): string | undefined => /^(.+)\.\d+$/.exec(process)?.[1];

/** When the records of one partition were acknowledged. */
class Acknowledgements {
  readonly #offsets: readonly number[];
  /** By place in `#offsets`: when the first from there on was acknowledged. */
  readonly #firstMs: readonly number[];

  constructor(timeByOffset: ReadonlyMap<number, number>) {
    const inOrder = [...timeByOffset].sort(([a], [b]) => a - b);
    const firstMs = new Array<number>(inOrder.length);
    let earliestMs = Number.POSITIVE_INFINITY;
    for (let at = inOrder.length - 1; at >= 0; at -= 1) {
      earliestMs = Math.min(earliestMs, inOrder[at]?.[1] ?? earliestMs);
      firstMs[at] = earliestMs;
    }
    this.#offsets = inOrder.map(([offset]) => offset);
    this.#firstMs = firstMs;
  }

  /** When somebody was first told that a record at this offset or behind it is there. */
  firstFrom(offset: number): number | undefined {
    let low = 0;
    let high = this.#offsets.length;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#offsets[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return this.#firstMs[low];
  }
}

const acknowledgementsOf = (operations: readonly Operation[]): Map<string, Acknowledgements> => {
  const byKey = new Map<string, Map<number, number>>();
  for (const operation of operations) {
    if (operation.f !== 'send' || operation.type !== 'ok') continue;
    for (const { key, offset } of operation.sent) {
      if (offset === undefined) continue;
      const times = byKey.get(key) ?? new Map<number, number>();
      byKey.set(key, times.set(offset, operation.timeMs));
    }
  }
  return new Map([...byKey].map(([key, times]) => [key, new Acknowledgements(times)] as const));
};
