import { describe, expect, it } from 'vitest';
import type { LostVote } from '../../../src/raft/restore-vote.ts';
import { findLostVote, giveVoteBack } from '../../../src/raft/restore-vote.ts';
import { entryKey } from '../../../src/raft/store-layout.ts';
import { DIRECTORY, entries, Machine, persist, VOTE } from './store-fixture.ts';

const PLACE = { directory: DIRECTORY, directoryId: 'directoryAAAAAAAAAAAAA' };

/** A voter of term 3 with five entries. */
const used = async (): Promise<Machine> => {
  const machine = await Machine.formatted();
  const hardState = { term: 3, votedFor: 1 };
  await machine.use((store) => store.persist([persist({ hardState, entries: entries(1, 5, 3) })]));
  return machine;
};

const spoilVote = (machine: Machine): void => {
  const file = machine.disk.open(VOTE);
  file.write([Buffer.alloc(1024, 0x55)], 0);
  file.close();
};

const spoilEntry = (machine: Machine, index: number): Promise<void> =>
  machine.tamper((store) =>
    store.batch([{ type: 'put', key: entryKey(index), value: Buffer.from('?') }], { sync: true }),
  );

const lostVoteOf = async (machine: Machine): Promise<LostVote> => {
  const lost = await findLostVote(machine.seams, PLACE);
  if (lost === undefined) throw new Error('it has its vote');
  return lost;
};

const giveBack = async (machine: Machine): Promise<void> => {
  const lost = await lostVoteOf(machine);
  await giveVoteBack(machine.seams, { ...PLACE, lost });
};

describe('a vote that is given back', () => {
  it('was lost with the vote file: the node votes, in a term above all it can have seen', async () => {
    const machine = await used();
    spoilVote(machine);

    await giveBack(machine);
    machine.powerCut();

    const { canVote, hardState, entries: left } = await machine.restore();
    expect([canVote, hardState.votedFor, left.length]).toEqual([true, undefined, 5]);
    expect(hardState.term).toBeGreaterThan(3 + 100);
  });

  it('was lost with an entry: the node votes, with what was before it', async () => {
    const machine = await used();
    await spoilEntry(machine, 4);

    const lost = await findLostVote(machine.seams, PLACE);
    await giveBack(machine);
    machine.powerCut();

    expect(lost).toEqual({
      reason: 'the stored metadata log is damaged at entry 4',
      lastIndex: 3,
      term: 3,
      hadVoters: false,
      isNewcomer: false,
    });
    const { canVote, entries: left } = await machine.restore();
    expect([canVote, left.length]).toEqual([true, 3]);
  });

  it('is not missed by a node that has it', async () => {
    const machine = await used();

    expect(await findLostVote(machine.seams, PLACE)).toBeUndefined();
  });

  it('is there or not, and can be given again, wherever the power fails on the way', async () => {
    let isDone = false;
    let point = 0;
    for (; !isDone; point += 1) {
      const machine = await used();
      spoilVote(machine);
      const lost = await lostVoteOf(machine);
      machine.disk.cutPowerAt(point);
      isDone = await giveVoteBack(machine.seams, { ...PLACE, lost }).then(
        () => true,
        () => false,
      );
      machine.powerCut();

      if (!isDone && !(await machine.restore()).canVote) await giveBack(machine);

      const { canVote, entries: left } = await machine.restore();
      expect([canVote, left.length], `power cut at change ${point}`).toEqual([true, 5]);
    }
    expect(point).toBeGreaterThan(5);
  });
});
