import { assert } from '../../../../src/base/assert.ts';
import type { Entry } from '../../../../src/raft/core/entry.ts';
import type { RaftOutput } from '../../../../src/raft/core/types.ts';
import type { Voter } from '../../../../src/raft/core/voters.ts';
import type { Directory, SimNode, Stored, Watcher } from './network.ts';

const sameEntry = (left: Entry, right: Entry): boolean =>
  left.term === right.term &&
  left.kind === right.kind &&
  JSON.stringify(left.voters) === JSON.stringify(right.voters) &&
  Buffer.compare(left.payload, right.payload) === 0;

/** Every directory there is, those that were taken out as well. */
const directoriesOf = (nodes: readonly SimNode[]): (Directory & { readonly id: number })[] =>
  nodes.flatMap((node) =>
    [node.directory(), ...node.shelf].map((directory) => ({ id: node.id, ...directory })),
  );

const isVoterOn = (
  on: Pick<Directory, 'directoryId' | 'isNewcomer'> & { readonly id: number },
  { id, directoryId }: Voter,
): boolean =>
  on.id === id && (directoryId === '' ? !on.isNewcomer : directoryId === on.directoryId);

const holds = (store: Stored, entry: Entry): boolean => {
  if ((store.snapshot?.index ?? 0) >= entry.index) return true;
  const first = store.entries[0]?.index ?? 0;
  const found = store.entries[entry.index - first];
  return found !== undefined && sameEntry(found, entry);
};

/** The safety properties of figure 3, checked from outside, over all nodes at once. */
export class Oracle implements Watcher {
  nodes: readonly SimNode[] = [];
  voters: readonly number[] = [];
  /** Voters come and go: which ones count is told by the sets in the logs. */
  isChanging = false;
  /** Every entry that any node ever applied, by index. */
  private readonly committed: Entry[] = [];
  private readonly hashes: number[] = [];
  private readonly leaders = new Map<number, string>();
  committedVoters: readonly Voter[] | undefined;
  changeCount = 0;

  get committedCount(): number {
    return this.committed.length;
  }

  get leaderCount(): number {
    return this.leaders.size;
  }

  onOutput(node: SimNode, output: RaftOutput): void {
    const change = output.roleChange;
    if (change?.role === 'leader') this.checkElection(node, change.term);
    assert(
      output.installSnapshot === undefined || node.status().role !== 'leader',
      'a leader never loads a snapshot',
    );
  }

  /** Election safety and leader completeness. */
  private checkElection(node: SimNode, term: number): void {
    const name = `${node.id} on ${node.directoryId}`;
    const earlier = this.leaders.get(term) ?? name;
    assert(earlier === name, `term ${term} has two leaders: ${earlier} and ${name}`);
    this.leaders.set(term, name);
    for (const entry of this.committed) {
      assert(holds(node.memory, entry), `leader ${node.id} of t${term} lacks ${entry.index}`);
    }
  }

  /** State machine safety, and durability of what is committed. */
  onApply(node: SimNode, entry: Entry): void {
    const known = this.committed[entry.index - 1];
    if (known === undefined) {
      assert(entry.index === this.committed.length + 1, `entry ${entry.index} leaves no gap`);
      this.checkDurable(entry);
      if (entry.voters !== undefined) this.checkChange(entry.voters);
      this.committed.push(entry);
      this.hashes.push(node.hash);
    } else {
      assert(sameEntry(known, entry), `node ${node.id} applied another entry ${entry.index}`);
      assert(this.hashes[entry.index - 1] === node.hash, `state of ${node.id} at ${entry.index}`);
    }
  }

  /** One at a time: a committed set differs from the one before it by one voter. */
  private checkChange(voters: readonly Voter[]): void {
    const before = this.committedVoters?.map(({ id }) => id) ?? this.voters;
    const ids = voters.map(({ id }) => id);
    const difference = [
      ...ids.filter((id) => !before.includes(id)),
      ...before.filter((id) => !ids.includes(id)),
    ];
    assert(difference.length === 1, `the voters ${ids} follow ${before} in one step`);
    this.committedVoters = voters;
    this.changeCount += 1;
  }

  /** Some node's set in force has a majority that holds it: that of the leader who counted. */
  private checkDurableOnSet(entry: Entry): void {
    const holders = directoriesOf(this.nodes).filter(({ disk }) => holds(disk, entry));
    const counts = this.nodes.map((node) => {
      const { voters } = node.status();
      const have = voters.filter((voter) => holders.some((holder) => isVoterOn(holder, voter)));
      return have.length > voters.length / 2;
    });
    assert(counts.includes(true), `entry ${entry.index} was applied while durable on no majority`);
  }

  private checkDurable(entry: Entry): void {
    if (this.isChanging) {
      this.checkDurableOnSet(entry);
      return;
    }
    if (this.nodes.some((node) => node.wiped)) return;
    const durable = this.nodes.filter(
      (node) => this.voters.includes(node.id) && holds(node.disk, entry),
    );
    assert(
      durable.length > this.voters.length / 2,
      `entry ${entry.index} was applied while durable on ${durable.length} voters`,
    );
  }

  /** Log matching: one entry in common means that all before it are in common. */
  checkLogs(): void {
    for (const left of this.nodes) {
      for (const right of this.nodes) if (left.id < right.id) this.checkPair(left, right);
    }
  }

  private checkPair(left: SimNode, right: SimNode): void {
    const byIndex = new Map(right.memory.entries.map((entry) => [entry.index, entry]));
    let isMatched = false;
    for (const entry of left.memory.entries.toReversed()) {
      const other = byIndex.get(entry.index);
      if (other === undefined) continue;
      isMatched ||= other.term === entry.term;
      assert(
        !isMatched || sameEntry(entry, other),
        `logs of ${left.id} and ${right.id} differ at ${entry.index} below a match`,
      );
    }
  }
}
