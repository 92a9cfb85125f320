import { assert } from '../../../../src/base/assert.ts';
import type { Entry } from '../../../../src/raft/core/entry.ts';
import type { RaftOutput } from '../../../../src/raft/core/types.ts';
import type { SimNode, Stored, Watcher } from './network.ts';

const sameEntry = (left: Entry, right: Entry): boolean =>
  left.term === right.term &&
  left.kind === right.kind &&
  Buffer.compare(left.payload, right.payload) === 0;

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
  /** Every entry that any node ever applied, by index. */
  private readonly committed: Entry[] = [];
  private readonly hashes: number[] = [];
  private readonly leaders = new Map<number, number>();

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
    const earlier = this.leaders.get(term) ?? node.id;
    assert(earlier === node.id, `term ${term} has two leaders: ${earlier} and ${node.id}`);
    this.leaders.set(term, node.id);
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
      this.committed.push(entry);
      this.hashes.push(node.hash);
    } else {
      assert(sameEntry(known, entry), `node ${node.id} applied another entry ${entry.index}`);
      assert(this.hashes[entry.index - 1] === node.hash, `state of ${node.id} at ${entry.index}`);
    }
  }

  private checkDurable(entry: Entry): void {
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
