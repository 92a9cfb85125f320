import { describe, expect, it } from 'vitest';
import type { Entry, HardState, SnapshotId } from '../../../src/raft/core/entry.ts';
import type { RaftStore } from '../../../src/raft/raft-store.ts';
import type { Restored } from '../../../src/raft/recovery.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { entries, entry, Machine, persist } from './store-fixture.ts';

const data = Buffer.from('state');

interface Step {
  readonly name: string;
  readonly run: (store: RaftStore) => Promise<void>;
  /** What a start finds once the step is durable, where it differs from before. */
  readonly state: {
    readonly hardState?: HardState;
    readonly snapshot?: SnapshotId;
    readonly log?: readonly Entry[];
  };
}

const voted = (term: number, votedFor: number | undefined): { hardState: HardState } => ({
  hardState: { term, votedFor },
});

const STEPS: readonly Step[] = [
  {
    name: 'vote',
    run: (store) => store.persist([persist(voted(1, 1))]),
    state: voted(1, 1),
  },
  {
    name: 'append',
    run: (store) => store.persist([persist({ entries: entries(1, 4, 1) })]),
    state: { log: entries(1, 4, 1) },
  },
  {
    name: 'vote, truncate and append in one group',
    run: (store) =>
      store.persist([
        persist({ entries: entries(5, 6, 1) }),
        persist({ ...voted(2, undefined), truncateFrom: 4, entries: entries(4, 5, 2) }),
        persist({ ...voted(2, 2), entries: entries(6, 6, 2) }),
      ]),
    state: { ...voted(2, 2), log: [...entries(1, 3, 1), ...entries(4, 6, 2)] },
  },
  {
    name: 'save a snapshot',
    run: (store) => store.saveSnapshot({ index: 4, term: 2, data, voters: [] }),
    state: { snapshot: { index: 4, term: 2 } },
  },
  {
    name: 'compact',
    run: (store) => store.compact(3),
    state: { log: entries(4, 6, 2) },
  },
  {
    name: 'save a snapshot at the end',
    run: (store) => store.saveSnapshot({ index: 6, term: 2, data, voters: [] }),
    state: { snapshot: { index: 6, term: 2 } },
  },
  {
    name: 'compact to the end',
    run: (store) => store.compact(6),
    state: { log: [] },
  },
  {
    name: 'install a snapshot between entries',
    run: (store) =>
      store.persist([
        persist({ ...voted(3, undefined), entries: entries(7, 9, 2) }),
        persist({
          snapshot: { index: 20, term: 3, data, voters: [] },
          entries: entries(21, 22, 3),
        }),
        persist({ truncateFrom: 22, entries: [entry(22, 3, 'other')] }),
      ]),
    state: {
      ...voted(3, undefined),
      snapshot: { index: 20, term: 3 },
      log: [entry(21, 3), entry(22, 3, 'other')],
    },
  },
  {
    name: 'vote at last',
    run: (store) => store.persist([persist(voted(4, 3))]),
    state: voted(4, 3),
  },
];

interface State {
  readonly hardState: HardState;
  readonly snapshot: SnapshotId | undefined;
  readonly log: readonly Entry[];
}

const START: State = { hardState: { term: 0, votedFor: undefined }, snapshot: undefined, log: [] };

/** The states between the steps: one more than there are steps. */
const STATES: State[] = [START];
for (const { state } of STEPS) STATES.push({ ...(STATES.at(-1) ?? START), ...state });

const stateText = ({ snapshot, log }: Pick<State, 'snapshot' | 'log'>): string => {
  const texts = log.map((e) => `${e.index}@${e.term}:${Buffer.from(e.payload).toString()}`);
  return [`snapshot ${snapshot?.index ?? 'none'}`, ...texts].join(' ');
};

const voteText = ({ hardState: { term, votedFor } }: Pick<State, 'hardState'>): string =>
  `term ${term}, vote ${votedFor ?? 'none'}`;

const logOf = ({ snapshot, entries: log }: Restored): string => stateText({ snapshot, log });

/** Runs the steps until the power fails; how many were reported durable. */
const runSteps = async (machine: Machine): Promise<number> => {
  let done = 0;
  try {
    const { store } = await machine.open();
    for (const { run } of STEPS) {
      await run(store);
      done += 1;
    }
  } catch {
    // The power is gone.
  }
  return done;
};

const changesOfAllSteps = async (): Promise<number> => {
  const machine = await Machine.formatted();
  const before = machine.disk.changeCount;
  await runSteps(machine);
  return machine.disk.changeCount - before;
};

const CRASH_POINTS = await changesOfAllSteps();
const SEEDS = [undefined, 1, 2, 3];

/** A machine whose power failed at a crash point, and is back. */
const crashed = async (
  point: number,
  seed: number | undefined,
): Promise<{ machine: Machine; done: number }> => {
  const random = seed === undefined ? undefined : new SeededRandom(seed * 1000 + point);
  const machine = await Machine.formatted();
  machine.disk.cutPowerAt(point, random);
  const done = await runSteps(machine);
  machine.powerCut(random);
  return { machine, done };
};

const POINTS = Array.from({ length: CRASH_POINTS + 1 }, (_, point) => point);

describe('a raft store whose power failed', () => {
  it('has crash points in all of its steps', () => {
    expect(CRASH_POINTS).toBeGreaterThan(4 * STEPS.length);
  });

  it.each(POINTS)('holds what was reported durable, or one step more (point %i)', async (point) => {
    for (const seed of SEEDS) {
      const { machine, done } = await crashed(point, seed);

      const restored = await machine.restore();

      const legal = STATES.slice(done, done + 2);
      expect(legal.map(stateText)).toContain(logOf(restored));
      expect(legal.map(voteText)).toContain(voteText(restored));
      expect(restored.distrust).toBeUndefined();
    }
  });

  it.each(POINTS)('has the vote of every entry that it holds (point %i)', async (point) => {
    for (const seed of SEEDS) {
      const { machine } = await crashed(point, seed);

      const { entries: log, hardState } = await machine.restore();

      expect(hardState.term).toBeGreaterThanOrEqual(log.at(-1)?.term ?? 0);
    }
  });

  it.each(POINTS)('goes on, and stays whole through the next cut (point %i)', async (point) => {
    for (const seed of SEEDS) {
      const { machine } = await crashed(point, seed);
      const { entries: log, snapshot } = await machine.restore();
      const next = Math.max(log.at(-1)?.index ?? 0, snapshot?.index ?? 0) + 1;
      await machine.use((store) =>
        store.persist([persist({ ...voted(9, 1), entries: entries(next, next + 1, 9) })]),
      );
      machine.powerCut();

      const restored = await machine.restore();

      expect(restored).toMatchObject({ distrust: undefined, hardState: { term: 9, votedFor: 1 } });
      expect(restored.entries.at(-1)).toMatchObject({ index: next + 1, term: 9 });
    }
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'ends up distrusted however often its repair is cut short (at %i)',
    async (point) => {
      const machine = await Machine.formatted();
      await runSteps(machine);
      machine.powerCut();
      await machine.tamper(async (store) => {
        const [first] = await store.entries({ start: Buffer.from('e'), end: Buffer.from('f') });
        await store.batch([{ type: 'del', key: first?.[0] ?? Buffer.alloc(0) }], { sync: true });
      });
      machine.disk.cutPowerAt(point);
      await machine.open().catch(() => {});
      machine.powerCut();

      const restored = await machine.restore();

      expect(restored).toMatchObject({ canVote: false, entries: [] });
    },
  );
});
