import { describe, expect, it } from 'vitest';
import type { Persist } from '../../../src/raft/core/types.ts';
import { Persister } from '../../../src/raft/persister.ts';
import type { RaftStore } from '../../../src/raft/raft-store.ts';
import { drainPromises } from '../../support/manual-clock.ts';
import { persist } from './store-fixture.ts';

/** A store whose writes end when the test says so. */
const manualStore = () => {
  const groups: number[][] = [];
  const ends: Array<{ resolve: () => void; reject: (error: Error) => void }> = [];
  const store = {
    persist: (persists: readonly Persist[]) => {
      groups.push(persists.map(({ seq }) => seq));
      return new Promise<void>((resolve, reject) => ends.push({ resolve, reject }));
    },
  };
  return { store: store as unknown as RaftStore, groups, ends };
};

const setUp = () => {
  const persisted: number[] = [];
  const failures: unknown[] = [];
  const manual = manualStore();
  const persister = new Persister({
    store: manual.store,
    onPersisted: (seq) => persisted.push(seq),
    onFailure: (error) => failures.push(error),
  });
  const add = (...seqs: number[]): void => {
    for (const seq of seqs) persister.add(persist({ seq }));
  };
  const end = async (at: number): Promise<void> => {
    manual.ends[at]?.resolve();
    await drainPromises();
  };
  const fail = async (at: number): Promise<void> => {
    manual.ends[at]?.reject(new Error('the device failed'));
    await drainPromises();
  };
  return { persister, persisted, failures, groups: manual.groups, add, end, fail };
};

describe('the persister', () => {
  it('gathers what comes during a write into one', async () => {
    const { add, end, groups } = setUp();
    add(1, 2, 3);

    await end(0);

    expect(groups).toEqual([[1], [2, 3]]);
  });

  it('reports a group by its last number, once its write has ended', async () => {
    const { add, end, persisted } = setUp();
    add(1, 2, 3);
    await end(0);
    const before = [...persisted];

    await end(1);

    expect([before, persisted]).toEqual([[1], [1, 3]]);
  });

  it('writes nothing more after a write that failed', async () => {
    const { add, fail, groups, failures, persisted } = setUp();
    add(1, 2);

    await fail(0);
    add(3);
    await drainPromises();

    expect({ groups, persisted, failures: failures.length }).toEqual({
      groups: [[1]],
      persisted: [],
      failures: 1,
    });
  });

  it('drops what waits when it is stopped', async () => {
    const { persister, add, end, groups } = setUp();
    add(1, 2);

    persister.stop();
    await end(0);

    expect(groups).toEqual([[1]]);
  });

  it('is idle only once all that waited is written', async () => {
    const { persister, add, end } = setUp();
    add(1, 2);
    let isIdle = false;
    void persister.idle().then(() => {
      isIdle = true;
    });

    await end(0);
    const between = isIdle;
    await end(1);

    expect([between, isIdle]).toEqual([false, true]);
  });
});
