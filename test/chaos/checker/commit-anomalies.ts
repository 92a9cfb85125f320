import type { Anomaly } from './anomaly.ts';
import type {
  CommitOperation,
  CommittedOperation,
  GroupOperation,
  PollOperation,
} from './history.ts';
import type { Indexed } from './key-log.ts';

/** By key: what the group is known to have committed, at least. */
type Floors = Map<string, number>;

/**
 * What was committed is gone, or goes back: whoever gets the partition next handles again what was
 * promised to be done with. A commit of unknown outcome counts from when somebody is told of it.
 */
export const findCommitAnomalies = ({ operations }: Indexed): Anomaly[] => {
  const groups = new Map<string, GroupCommits>();
  const anomalies: Anomaly[] = [];
  for (const operation of operations) {
    if (operation.f === 'send' || operation.f === 'assign') continue;
    const { group } = operation;
    if (group === undefined) continue;
    const commits = groups.get(group) ?? new GroupCommits(group);
    groups.set(group, commits);
    anomalies.push(...commits.on({ ...operation, group }));
  }
  return anomalies;
};

class GroupCommits {
  readonly #group: string;
  readonly #floors: Floors = new Map();
  /** As they were when a commit or a fetch began, by its index. */
  readonly #floorsAt = new Map<number, Floors>();
  /** By process: of keys that it was given and has handled nothing of, their floors then. */
  readonly #given = new Map<string, Floors>();
  readonly #held = new Map<string, Set<string>>();

  constructor(group: string) {
    this.#group = group;
  }

  on(operation: GroupOperation | (PollOperation & { readonly group: string })): Anomaly[] {
    switch (operation.f) {
      case 'hold':
        this.#onHold(operation.process, operation.keys);
        return [];
      case 'release':
        this.#onRelease(operation.process, operation.keys);
        return [];
      case 'poll':
        return this.#onHandled(operation);
      case 'commit':
        return this.#onCommit(operation);
      case 'committed':
        return this.#onCommitted(operation);
      case 'drained':
        return [];
    }
  }

  #onHold(process: string, keys: readonly string[]): void {
    const before = this.#held.get(process) ?? new Set();
    const given = this.#given.get(process) ?? new Map<string, number>();
    const added = keys.filter((key) => !before.has(key));
    for (const key of added) given.set(key, this.#floors.get(key) ?? 0);
    this.#given.set(process, given);
    this.#held.set(process, new Set(keys));
  }

  #onRelease(process: string, keys: readonly string[]): void {
    for (const key of keys) {
      this.#held.get(process)?.delete(key);
      this.#given.get(process)?.delete(key);
    }
  }

  /** Its first record tells where it was told to begin. */
  #onHandled({ process, type, polled }: PollOperation): Anomaly[] {
    const given = this.#given.get(process);
    if (type !== 'ok' || given === undefined) return [];
    return polled.flatMap(({ key, records: [first] }): Anomaly[] => {
      const floor = given.get(key);
      if (floor === undefined || first === undefined) return [];
      given.delete(key);
      if (first[0] >= floor) return [];
      const detail = `${process} of ${this.#group} began at ${first[0]}, and ${floor} was committed`;
      return [{ kind: 'commit-back', key, detail }];
    });
  }

  #onCommit(operation: CommitOperation): Anomaly[] {
    const { index, type, invocation = -1, offsets, isReset = false } = operation;
    if (type === 'invoke') {
      if (isReset) for (const { key, offset } of offsets) this.#lower(key, offset);
      this.#floorsAt.set(index, new Map(this.#floors));
    }
    const floors = this.#floorsAt.get(invocation);
    this.#floorsAt.delete(invocation);
    if (type !== 'ok') return [];
    return offsets.flatMap(({ key, offset }): Anomaly[] => {
      const floor = floors?.get(key) ?? offset;
      this.#raise(key, offset);
      if (isReset || offset >= floor) return [];
      const detail = `${operation.process} of ${this.#group} committed ${offset} after ${floor}`;
      return [{ kind: 'commit-back', key, detail }];
    });
  }

  #onCommitted({ index, type, process, invocation = -1, offsets }: CommittedOperation): Anomaly[] {
    if (type === 'invoke') this.#floorsAt.set(index, new Map(this.#floors));
    const floors = this.#floorsAt.get(invocation);
    this.#floorsAt.delete(invocation);
    if (type !== 'ok') return [];
    return offsets.flatMap(({ key, offset = NOTHING }): Anomaly[] => {
      const floor = floors?.get(key) ?? offset;
      if (offset !== NOTHING) this.#raise(key, offset);
      if (offset >= floor) return [];
      const told = offset === NOTHING ? 'nothing' : String(offset);
      const detail = `${process} was told ${told} for ${this.#group}, and ${floor} was committed`;
      return [{ kind: 'lost-commit', key, detail }];
    });
  }

  #raise(key: string, offset: number): void {
    this.#floors.set(key, Math.max(offset, this.#floors.get(key) ?? NOTHING));
  }

  /** From when a reset begins, whoever asks may be told the old or the new. */
  #lower(key: string, offset: number): void {
    for (const floors of [this.#floors, ...this.#floorsAt.values(), ...this.#given.values()]) {
      const floor = floors.get(key);
      if (floor !== undefined) floors.set(key, Math.min(offset, floor));
    }
  }
}

const NOTHING = -1;
