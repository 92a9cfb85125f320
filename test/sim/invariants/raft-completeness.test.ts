import { describe, expect, it } from 'vitest';
import type { ClusterView } from './invariant.ts';
import { raftCompleteness } from './raft-completeness.ts';

interface Said {
  readonly role: 'leader' | 'follower';
  readonly term: number;
  readonly lastIndex: number;
  readonly commitIndex: number;
}

const follows = (term: number, lastIndex: number, commitIndex: number): Said => ({
  role: 'follower',
  term,
  lastIndex,
  commitIndex,
});

const leads = (term: number, lastIndex: number, commitIndex: number): Said => ({
  ...follows(term, lastIndex, commitIndex),
  role: 'leader',
});

/** What is told when two nodes say this, one event after another. */
const toldOf = (events: ReadonlyArray<readonly [Said, Said]>, forgetful?: number): string[] => {
  const told: string[] = [];
  const { onEvent } = raftCompleteness();
  for (const statuses of events) {
    onEvent?.({
      live: statuses.map((_, at) => ({ machine: { name: `n${at + 1}`, nodeId: at + 1 } })),
      raftStatus: ({ machine }: { machine: { nodeId: number } }) => statuses[machine.nodeId - 1],
      isForgetful: (nodeId: number) => nodeId === forgetful,
      violate: (_: string, detail: string) => told.push(detail),
    } as unknown as ClusterView);
  }
  return told;
};

const LACKS = ['n1 comes to lead term 3 with the end 4, committed in term 2 is 7'];

describe('a node that comes to lead a term', () => {
  it('is told of where it lacks what an earlier term has committed', () => {
    const events = [
      [follows(2, 4, 4), leads(2, 7, 7)],
      [leads(3, 5, 4), leads(2, 7, 7)],
    ] as const;

    expect(toldOf(events)).toEqual(LACKS);
  });

  it('is told of where an earlier term commits such an entry only later', () => {
    const events = [
      [follows(2, 4, 4), leads(2, 7, 4)],
      [leads(3, 5, 4), leads(2, 7, 4)],
      [leads(3, 5, 4), leads(2, 7, 7)],
    ] as const;

    expect(toldOf(events)).toEqual(LACKS);
  });

  it('may lack what a later term has committed, having stood still meanwhile', () => {
    const events = [
      [follows(3, 4, 4), follows(3, 4, 4)],
      [follows(3, 4, 4), leads(4, 7, 7)],
      [leads(3, 5, 4), leads(4, 7, 7)],
    ] as const;

    expect(toldOf(events)).toEqual([]);
  });

  it('need not have what a node knows that forgot the term it learnt it in', () => {
    const events = [
      [leads(3, 5, 4), follows(4, 7, 7)],
      [leads(3, 5, 4), follows(2, 7, 7)],
    ] as const;

    expect(toldOf(events, 2)).toEqual([]);
    expect(toldOf(events)).toEqual([
      'n1 comes to lead term 3 with the end 5, committed in term 2 is 7',
    ]);
  });
});
