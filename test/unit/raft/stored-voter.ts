import type { Restored } from '../../../src/raft/recovery.ts';
import { DIRECTORY, entries, Machine, persist } from './store-fixture.ts';

export const data = Buffer.from('state');
export const vote = (term: number, votedFor?: number) => ({ hardState: { term, votedFor } });

export const textOf = ({ entries: list }: Restored): string =>
  list.map(({ index, term }) => `${index}@${term}`).join(' ');

export const snapshotNames = ({ disk }: Machine): string[] =>
  disk
    .list(DIRECTORY)
    .map(({ name }) => name)
    .filter((name) => name.includes('snapshot'));

/** A voter with term 2, a vote for node 3 and entries 1 to 6. */
export const voter = async (): Promise<Machine> => {
  const machine = await Machine.formatted();
  await machine.use(async (store) => {
    await store.persist([persist({ ...vote(1, 1), entries: entries(1, 3, 1) })]);
    await store.persist([persist({ ...vote(2, 3), entries: entries(4, 6, 2) })]);
  });
  return machine;
};
