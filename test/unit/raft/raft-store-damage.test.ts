import { describe, expect, it } from 'vitest';
import type { KeyValueStore } from '../../../src/env/key-value-store.ts';
import { RaftLogBase } from '../../../src/gen/ottla.ts';
import type { Entry } from '../../../src/raft/core/entry.ts';
import { BASE_KEY, entryKey, HARD_STATE_KEY } from '../../../src/raft/store-layout.ts';
import { entries, Machine, persist, VOTE } from './store-fixture.ts';
import { data, textOf, vote, voter } from './stored-voter.ts';

type Damage = (store: KeyValueStore, machine: Machine) => Promise<void>;

const del =
  (...indexes: number[]): Damage =>
  (store) =>
    store.batch(
      indexes.map((index) => ({ type: 'del', key: entryKey(index) })),
      { sync: true },
    );

const flip =
  (index: number, byte: number): Damage =>
  async (store) => {
    const value = Buffer.from((await store.get(entryKey(index))) ?? []);
    value[byte] = (value[byte] ?? 0) ^ 1;
    await store.batch([{ type: 'put', key: entryKey(index), value }], { sync: true });
  };

const copyEntry =
  (from: number, to: number): Damage =>
  async (store) => {
    const value = (await store.get(entryKey(from))) ?? Buffer.alloc(0);
    await store.batch([{ type: 'put', key: entryKey(to), value }], { sync: true });
  };

/** What else the store loses where LevelDB drops one of its records in silence. */
const dropKeys =
  (...keys: Uint8Array[]): Damage =>
  (store) =>
    store.batch(
      keys.map((key) => ({ type: 'del', key })),
      { sync: true },
    );

const rotVote =
  (...bytes: number[]): Damage =>
  async (_, { disk }) => {
    for (const byte of bytes) disk.corrupt(VOTE, byte);
  };

/** The voter's third write is in the slot at 512, the one before it in the slot at 0. */
const NEWEST_SLOT = 512;

const damages: ReadonlyArray<readonly [string, Damage, string]> = [
  ['an entry in the middle is gone', del(3), '1@1 2@1'],
  ['the first entry is gone', del(1), ''],
  ['the sum of an entry rots', flip(4, 0), '1@1 2@1 3@1'],
  ['the index of an entry rots', flip(4, 5), '1@1 2@1 3@1'],
  ['the payload of the last entry rots', flip(6, 14), '1@1 2@1 3@1 4@2 5@2'],
  ['an entry stands in the place of another', copyEntry(2, 5), '1@1 2@1 3@1 4@2'],
  ['an entry stands behind a gap at the end', copyEntry(6, 9), '1@1 2@1 3@1 4@2 5@2 6@2'],
  ['the vote file is cut short', async (_, { disk }) => disk.open(VOTE).truncate(8), 'all'],
  ['both slots of the vote file rot', rotVote(8, NEWEST_SLOT + 8), 'all'],
  ['the magic of the newest vote rots', rotVote(NEWEST_SLOT), 'all'],
  ['the sequence of the newest vote rots', rotVote(NEWEST_SLOT + 7), 'all'],
  ['the term of the newest vote rots', rotVote(NEWEST_SLOT + 9), 'all'],
  ['the candidate of the newest vote rots', rotVote(NEWEST_SLOT + 19), 'all'],
  ['the sum of the newest vote rots', rotVote(NEWEST_SLOT + 30), 'all'],
  ['the store has lost its hard state', dropKeys(HARD_STATE_KEY), 'all'],
  [
    'the store has lost everything',
    dropKeys(HARD_STATE_KEY, ...[1, 2, 3, 4, 5, 6].map(entryKey)),
    '',
  ],
];

describe('a damaged raft store', () => {
  it.each(damages)('votes no more where %s', async (_, damage, kept) => {
    const machine = await voter();

    await machine.tamper((store) => damage(store, machine));

    const restored = await machine.restore();
    expect(restored.canVote).toBe(false);
    expect(textOf(restored)).toBe(kept === 'all' ? '1@1 2@1 3@1 4@2 5@2 6@2' : kept);
  });

  it.each(damages)(
    'votes no more, however often it starts and follows, where %s',
    async (_, damage) => {
      const machine = await voter();
      await machine.tamper((store) => damage(store, machine));
      for (const term of [3, 4, 5]) {
        await machine.use((store) => store.persist([persist(vote(term))]));
      }

      const restored = await machine.restore();

      expect(restored).toMatchObject({ canVote: false, hardState: { term: 5 } });
    },
  );

  it('votes no more where the vote file is gone', async () => {
    const machine = await voter();

    machine.disk.remove(VOTE);

    const restored = await machine.restore();
    expect(restored).toMatchObject({ canVote: false, hardState: { term: 2, votedFor: 3 } });
  });

  it('votes no more where an earlier version has kept a set of voters as nothing', async () => {
    const machine = await voter();
    const nothing: Entry = { index: 7, term: 2, kind: 'data', payload: Buffer.alloc(0) };

    await machine.use((store) =>
      store.persist([persist({ entries: [nothing, ...entries(8, 8, 2)] })]),
    );

    const restored = await machine.restore();
    expect(restored).toMatchObject({ canVote: false });
    expect(restored.distrust).toMatch(/damaged at entry 7/);
    expect(restored.entries.at(-1)?.index).toBe(6);
  });

  it('takes the log up to the damage and goes on behind it', async () => {
    const machine = await voter();
    await machine.tamper((store) => del(4)(store, machine));

    await machine.use((store) => store.persist([persist({ entries: entries(4, 5, 3) })]));

    expect(textOf(await machine.restore())).toBe('1@1 2@1 3@1 4@3 5@3');
  });

  it('goes on behind its snapshot where the damage lies before it', async () => {
    const machine = await voter();
    await machine.use((store) => store.saveSnapshot({ index: 5, term: 2, data, voters: [] }));
    await machine.tamper((store) => del(3)(store, machine));
    await machine.use((store) => store.persist([persist({ entries: entries(6, 7, 3) })]));

    const restored = await machine.restore();

    expect(restored).toMatchObject({ canVote: false, snapshot: { index: 5, term: 2 } });
    expect(textOf(restored)).toBe('6@3 7@3');
  });

  it('votes no more where its log ends before its snapshot', async () => {
    const machine = await voter();
    await machine.use((store) => store.saveSnapshot({ index: 5, term: 2, data, voters: [] }));
    await machine.tamper((store) => del(4, 5, 6)(store, machine));

    const restored = await machine.restore();

    expect(restored).toMatchObject({ canVote: false, entries: [], snapshot: { index: 5 } });
  });

  it('votes no more where its log is newer than every vote it knows', async () => {
    const machine = await Machine.formatted();

    await machine.use((store) => store.persist([persist({ entries: entries(1, 2, 3) })]));

    expect((await machine.restore()).canVote).toBe(false);
  });

  it('does not start where its log begins behind entries that no snapshot holds', async () => {
    const machine = await voter();
    const value = RaftLogBase.encode({ index: 3, chainSum: 0, snapshotVoters: [] });
    await machine.tamper((store) =>
      store.batch([{ type: 'put', key: BASE_KEY, value }], { sync: true }),
    );

    await expect(machine.open()).rejects.toMatchObject({ code: 'CORRUPT_STORE' });
  });

  it('does not start where its base cannot be read', async () => {
    const machine = await voter();
    const value = Buffer.from([0x1a, 0x7f]);
    await machine.tamper((store) =>
      store.batch([{ type: 'put', key: BASE_KEY, value }], { sync: true }),
    );

    await expect(machine.open()).rejects.toMatchObject({ code: 'CORRUPT_STORE' });
  });
});
