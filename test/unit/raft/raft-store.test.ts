import { describe, expect, it } from 'vitest';
import { OttlaError } from '../../../src/base/errors.ts';
import type { Entry } from '../../../src/raft/core/entry.ts';
import type { Voter } from '../../../src/raft/core/voters.ts';
import { initialiseRaftStore, RaftStore } from '../../../src/raft/raft-store.ts';
import type { Restored } from '../../../src/raft/recovery.ts';
import { storedVoters } from '../../../src/raft/recovery.ts';
import { entryKey } from '../../../src/raft/store-layout.ts';
import { DIRECTORY, entries, entry, Machine, persist, STORE } from './store-fixture.ts';
import { data, snapshotNames, textOf, vote, voter } from './stored-voter.ts';

describe('the raft store', () => {
  it('lets a formatted node vote from the start', async () => {
    const machine = await Machine.formatted();
    machine.powerCut();

    const restored = await machine.restore();

    expect(restored).toMatchObject({ canVote: true, hardState: { term: 0 }, entries: [] });
  });

  it('never lets a node vote whose directory was not formatted, used or not', async () => {
    const machine = new Machine();
    await machine.use((store) =>
      store.persist([persist({ ...vote(4), entries: entries(1, 2, 4) })]),
    );

    const restored = await machine.restore();

    expect(restored).toMatchObject({ canVote: false, hardState: { term: 4 } });
    expect(textOf(restored)).toBe('1@4 2@4');
  });

  it('never lets a node vote that was formatted only after it had followed', async () => {
    const machine = new Machine();
    await machine.use((store) =>
      store.persist([persist({ ...vote(4), entries: entries(1, 2, 4) })]),
    );

    await initialiseRaftStore(machine.disk, DIRECTORY);

    expect((await machine.restore()).canVote).toBe(false);
  });

  it('refuses to format a directory that holds a vote', async () => {
    const machine = await voter();

    const format = initialiseRaftStore(machine.disk, DIRECTORY);

    await expect(format).rejects.toMatchObject({ code: 'CONFIG' });
  });

  it('gives back all that was persisted, after a power cut', async () => {
    const machine = await voter();
    machine.powerCut();

    const restored = await machine.restore();

    expect(restored).toMatchObject({ canVote: true, hardState: { term: 2, votedFor: 3 } });
    expect(textOf(restored)).toBe('1@1 2@1 3@1 4@2 5@2 6@2');
  });

  it('keeps its directory through a power cut though nobody formatted it', async () => {
    const machine = new Machine();
    await machine.use((store) => store.persist([persist(vote(4))]));

    machine.powerCut();

    expect(machine.disk.exists(DIRECTORY)).toBe(true);
  });

  it('replaces what a later persist of the same group truncates', async () => {
    const machine = await voter();
    await machine.use((store) =>
      store.persist([
        persist({ entries: entries(7, 9, 2) }),
        persist({ ...vote(3), truncateFrom: 5, entries: entries(5, 6, 3) }),
        persist({ truncateFrom: 6, entries: entries(6, 7, 3) }),
      ]),
    );

    const restored = await machine.restore();

    expect(restored.canVote).toBe(true);
    expect(textOf(restored)).toBe('1@1 2@1 3@1 4@2 5@3 6@3 7@3');
  });

  it('refuses an entry that would leave a gap', async () => {
    const machine = await voter();
    const { store } = await machine.open();

    const write = store.persist([persist({ entries: [entry(8, 2)] })]);

    await expect(write).rejects.toThrow('entry 8 follows entry 6');
  });

  it('fails every change after one that failed', async () => {
    const machine = await voter();
    const { store } = await machine.open();
    machine.stores.failNextSync();
    const first = store.persist([persist({ entries: entries(7, 7, 2) })]);

    const later = [store.persist([persist(vote(3))]), store.compact(3)];

    await expect(first).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
    for (const each of later) await expect(each).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
    expect((await voterAfterClose(machine, store)).hardState.term).toBe(2);
  });

  it('frees the store again where opening fails', async () => {
    const machine = await voter();
    await machine.use((store) => store.saveSnapshot({ index: 3, term: 1, data, voters: [] }));
    machine.disk.remove(`${DIRECTORY}/3-1.snapshot`);

    await expect(machine.open()).rejects.toMatchObject({ code: 'CORRUPT_STORE' });

    await expect(machine.open()).rejects.toMatchObject({ code: 'CORRUPT_STORE' });
  });
});

const voterAfterClose = async (
  machine: Machine,
  store: { close(): Promise<void> },
): Promise<Restored> => {
  await store.close();
  return machine.restore();
};

const VOTERS: Voter[] = [
  { id: 1, directoryId: 'one', address: 'a:1' },
  { id: 2, directoryId: '', address: 'b:1' },
];
const votersEntry = (index: number, term: number): Entry => ({
  index,
  term,
  kind: 'voters',
  payload: Buffer.alloc(0),
  voters: VOTERS,
});

describe('a raft store in a directory with the name of another', () => {
  it('is refused, for that other may have promised what this one does not know', async () => {
    const machine = new Machine();
    await initialiseRaftStore(machine.disk, DIRECTORY, { directoryId: 'new' });

    const open = RaftStore.open(machine.seams, DIRECTORY, { directoryId: 'old' });

    await expect(open).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('put the meta.json back that was there'),
    });
  });

  it('is refused as well where an earlier version made it, once it was opened', async () => {
    const machine = await voter();
    const ofOwn = await RaftStore.open(machine.seams, DIRECTORY, { directoryId: 'own' });
    await ofOwn.store.close();
    machine.powerCut();

    const open = RaftStore.open(machine.seams, DIRECTORY, { directoryId: 'other' });

    await expect(open).rejects.toMatchObject({ code: 'CONFIG' });
  });
});

describe('sets of voters in the raft store', () => {
  it('are given back with their entry, after a power cut', async () => {
    const machine = await voter();
    await machine.use((store) => store.persist([persist({ entries: [votersEntry(7, 2)] })]));
    machine.powerCut();

    const restored = await machine.restore();

    expect(restored.entries.at(-1)).toMatchObject({ kind: 'voters', voters: VOTERS });
    expect(storedVoters(restored)).toEqual(VOTERS);
  });

  it('are given back with the snapshot that is named', async () => {
    const machine = await voter();
    await machine.use(async (store) => {
      await store.saveSnapshot({ index: 4, term: 2, data, voters: VOTERS });
      await store.compact(4);
    });
    machine.powerCut();

    const restored = await machine.restore();

    expect(restored.snapshotVoters).toEqual(VOTERS);
    expect(storedVoters(restored)).toEqual(VOTERS);
  });

  it('are none in what was written before there were any', async () => {
    const machine = await voter();
    await machine.use((store) => store.saveSnapshot({ index: 4, term: 2, data, voters: [] }));

    const restored = await machine.restore();

    expect(storedVoters(restored)).toBeUndefined();
  });

  it.each([
    ['entry', (store: RaftStore) => store.persist([persist({ entries: [votersEntry(7, 2)] })])],
    [
      'snapshot of the leader',
      (store: RaftStore) =>
        store.persist([persist({ snapshot: { index: 40, term: 4, data, voters: VOTERS } })]),
    ],
  ])('are announced before the first %s with one is written', async (_, write) => {
    const machine = await voter();
    const keysBefore = machine.stores.peek(STORE).length;
    const seen: number[] = [];
    const beforeVoters = async (): Promise<void> => {
      seen.push(machine.stores.peek(STORE).length - keysBefore);
    };
    const { store } = await RaftStore.open(machine.seams, DIRECTORY, { beforeVoters });
    await store.persist([persist({ ...vote(3) })]);
    expect(seen).toEqual([]);

    await write(store);

    expect(seen).toEqual([0]);
    await store.close();
  });

  // meta.json may come from a backup that was taken before.
  it('are announced again at each start on a store that has them', async () => {
    const machine = await voter();
    await machine.use((store) => store.persist([persist({ entries: [votersEntry(7, 2)] })]));
    let count = 0;
    const beforeVoters = async (): Promise<void> => {
      count += 1;
    };

    const { store } = await RaftStore.open(machine.seams, DIRECTORY, { beforeVoters });
    await store.close();

    expect(count).toBe(1);
  });

  it('are known to have been there once they are damaged', async () => {
    const machine = await voter();
    await machine.use((store) => store.persist([persist({ entries: [votersEntry(7, 2)] })]));
    await machine.tamper((store) =>
      store.batch([{ type: 'put', key: entryKey(7), value: Buffer.from('?') }], { sync: true }),
    );

    const restored = await machine.restore();

    expect(storedVoters(restored)).toBeUndefined();
    expect(restored.hadVoters).toBe(true);
  });

  it('are not written where they cannot be announced', async () => {
    const machine = await voter();
    const beforeVoters = () => Promise.reject(new OttlaError('DISK_FULL', 'no room'));
    const { store } = await RaftStore.open(machine.seams, DIRECTORY, { beforeVoters });

    const write = store.persist([persist({ entries: [votersEntry(7, 2)] })]);

    await expect(write).rejects.toMatchObject({ code: 'DISK_FULL' });
    await store.close().catch(() => {});
    machine.powerCut();
    expect(storedVoters(await machine.restore())).toBeUndefined();
  });
});

describe('snapshots in the raft store', () => {
  it('leave the entries behind them in place until those are compacted', async () => {
    const machine = await voter();
    await machine.use((store) => store.saveSnapshot({ index: 4, term: 2, data, voters: [] }));

    const restored = await machine.restore();

    expect(restored.snapshot).toEqual({ index: 4, term: 2 });
    expect(textOf(restored)).toBe('1@1 2@1 3@1 4@2 5@2 6@2');
  });

  it('take the place of the entries that are compacted, and no others', async () => {
    const machine = await voter();
    await machine.use(async (store) => {
      await store.saveSnapshot({ index: 4, term: 2, data, voters: [] });
      await store.compact(6);
    });

    const restored = await machine.restore();

    expect(restored).toMatchObject({ canVote: true, snapshot: { index: 4 } });
    expect(textOf(restored)).toBe('5@2 6@2');
  });

  it('stand alone where no entry remains, and the log goes on behind them', async () => {
    const machine = await voter();
    await machine.use(async (store) => {
      await store.saveSnapshot({ index: 6, term: 2, data, voters: [] });
      await store.compact(6);
    });
    const alone = textOf(await machine.restore());

    await machine.use((store) => store.persist([persist({ entries: entries(7, 8, 2) })]));

    const restored = await machine.restore();
    expect([alone, textOf(restored), restored.canVote]).toEqual(['', '7@2 8@2', true]);
  });

  it('replace the whole log when they come from the leader, with what follows in the group', async () => {
    const machine = await voter();
    await machine.use((store) =>
      store.persist([
        persist({ entries: entries(7, 8, 2) }),
        persist({
          ...vote(5),
          snapshot: { index: 40, term: 4, data, voters: [] },
          entries: entries(41, 42, 5),
        }),
        persist({ truncateFrom: 42, entries: entries(42, 43, 5) }),
      ]),
    );

    const restored = await machine.restore();

    expect(restored).toMatchObject({ canVote: true, snapshot: { index: 40, term: 4 } });
    expect(Buffer.from(restored.snapshotBytes ?? [])).toEqual(data);
    expect(textOf(restored)).toBe('41@5 42@5 43@5');
  });

  it('remove the file of the snapshot before them', async () => {
    const machine = await voter();
    await machine.use(async (store) => {
      await store.saveSnapshot({ index: 4, term: 2, data, voters: [] });
      await store.persist([persist({ snapshot: { index: 40, term: 4, data, voters: [] } })]);
    });

    expect(snapshotNames(machine)).toEqual(['40-4.snapshot']);
  });

  it('are not saved where the leader has sent a newer one meanwhile', async () => {
    const machine = await voter();
    await machine.use(async (store) => {
      const installed = store.persist([
        persist({ ...vote(4), snapshot: { index: 40, term: 4, data, voters: [] } }),
      ]);
      await store.saveSnapshot({ index: 5, term: 2, data: Buffer.from('older'), voters: [] });
      await installed;
    });

    const restored = await machine.restore();

    expect(restored).toMatchObject({ canVote: true, snapshot: { index: 40, term: 4 } });
    expect(snapshotNames(machine)).toEqual(['40-4.snapshot']);
  });

  it('may be compacted to while further entries are written', async () => {
    const machine = await voter();
    await machine.use(async (store) => {
      await store.saveSnapshot({ index: 4, term: 2, data, voters: [] });
      await Promise.all([
        store.persist([persist({ entries: entries(7, 8, 2) })]),
        store.compact(3),
        store.persist([persist({ truncateFrom: 8, entries: entries(8, 9, 2) })]),
        store.compact(4),
      ]);
    });

    const restored = await machine.restore();

    expect(restored.canVote).toBe(true);
    expect(textOf(restored)).toBe('5@2 6@2 7@2 8@2 9@2');
  });

  it('that are left of a crash are removed at the next start', async () => {
    const machine = await voter();
    for (const name of ['9-9.snapshot', '9-9.snapshot.tmp']) {
      machine.disk.open(`${DIRECTORY}/${name}`, { create: true }).close();
    }

    await machine.restore();

    expect(snapshotNames(machine)).toEqual([]);
  });

  it('are there after a power cut, where a process died between their name and its sync', async () => {
    const machine = await voter();
    await machine.use((store) => store.saveSnapshot({ index: 4, term: 2, data, voters: [] }));
    const { store } = await machine.open();
    machine.stores.holdSyncs();
    store.saveSnapshot({ index: 6, term: 2, data, voters: [] }).catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    machine.stores.kill();
    machine.stores.releaseSyncs();
    machine.disk.kill();

    await machine.restore();
    // Of the files all has reached the device by then, the removal of the older one too.
    machine.disk.settle();
    machine.powerCut();

    expect(snapshotNames(machine)).toEqual(['6-2.snapshot']);
    expect((await machine.restore()).snapshot).toMatchObject({ index: 6, term: 2 });
  });
});
