import type { KeyValueStore, KeyValueStores } from '../../../src/env/key-value-store.ts';
import type { Entry } from '../../../src/raft/core/entry.ts';
import type { Persist } from '../../../src/raft/core/types.ts';
import type { RaftStoreSeams } from '../../../src/raft/raft-store.ts';
import { initialiseRaftStore, RaftStore } from '../../../src/raft/raft-store.ts';
import type { Restored } from '../../../src/raft/recovery.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { MemoryStores } from '../../support/memory-store.ts';
import { mountedDisk } from '../../support/mounted-disk.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';

export const DIRECTORY = '/data/raft';
export const VOTE = `${DIRECTORY}/vote`;
export const STORE = `${DIRECTORY}/log`;

export const entry = (index: number, term: number, text = `entry ${index}`): Entry => ({
  index,
  term,
  kind: 'data',
  payload: Buffer.from(text),
});

export const entries = (first: number, last: number, term: number): Entry[] =>
  Array.from({ length: last - first + 1 }, (_, at) => entry(first + at, term));

export const persist = (change: Partial<Persist>): Persist => ({
  seq: 1,
  hardState: undefined,
  snapshot: undefined,
  truncateFrom: undefined,
  entries: [],
  ...change,
});

/** The disk of one node: files and store, which lose power together. */
export class Machine {
  readonly disk = new MemoryDisk({ directories: ['/data'] });
  readonly stores = new MemoryStores();

  static async formatted(): Promise<Machine> {
    const machine = new Machine();
    await initialiseRaftStore(machine.disk, DIRECTORY);
    await machine.disk.syncDir('/data');
    return machine;
  }

  /** What a process of this machine works with. */
  get seams(): RaftStoreSeams {
    return { disk: mountedDisk(this.disk), stores: poweredStores(this.disk, this.stores) };
  }

  open(): Promise<{ store: RaftStore; restored: Restored }> {
    return RaftStore.open(this.seams, DIRECTORY);
  }

  /** What a node finds at its next start. */
  async restore(): Promise<Restored> {
    const { store, restored } = await this.open();
    await store.close();
    return restored;
  }

  /** Opens the store, works on it and closes it. */
  async use(work: (store: RaftStore) => Promise<void>): Promise<void> {
    const { store } = await this.open();
    await work(store);
    await store.close();
  }

  /** Changes what LevelDB holds behind the node's back. */
  async tamper(work: (store: KeyValueStore) => Promise<void>): Promise<void> {
    const store = await this.stores.open(STORE);
    await work(store);
    await store.close();
  }

  powerCut(random?: SeededRandom): void {
    this.disk.powerOn();
    this.disk.crash(random);
    this.stores.crash(random);
  }
}

/**
 * A store whose batches are crash points of the disk: one before the batch is issued and one after
 * it was accepted, with the sync to come.
 */
const poweredStores = (disk: MemoryDisk, stores: MemoryStores): KeyValueStores => ({
  open: async (path) => {
    const inner = await stores.open(path);
    return {
      get: (key) => inner.get(key),
      entries: (range) => inner.entries(range),
      close: () => inner.close(),
      batch: async (operations, options) => {
        disk.mkdir('/');
        if (!options.sync) return inner.batch(operations, options);
        await inner.batch(operations, { sync: false });
        disk.mkdir('/');
        await inner.batch([], { sync: true });
      },
    };
  },
});
