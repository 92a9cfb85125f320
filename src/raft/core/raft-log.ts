import { assert, must } from '../../base/assert.ts';
import type { LogIndex, Term } from '../../base/ids.ts';
import type { Entry, Snapshot, SnapshotId } from './entry.ts';
import type { Voter } from './voters.ts';
import { VoterSets } from './voters.ts';

const EMPTY: SnapshotId = { index: 0, term: 0 };

interface RestoredVoters {
  /** The set of the configuration, for a log that names none. */
  readonly initial: readonly Voter[];
  /** The set that the snapshot names; empty: none. */
  readonly ofSnapshot: readonly Voter[];
}

const orNone = (voters: readonly Voter[]): readonly Voter[] | undefined =>
  voters.length === 0 ? undefined : voters;

/**
 * The log in memory: the entries behind `base`, which is the last entry that was cut away.
 * Invariant: base.index <= snapshot.index, so that what is missing here is in the snapshot.
 */
export class RaftLog {
  private entries: Entry[] = [];
  /** The entry just before the first one held. Its term is still known; older terms are not. */
  private base: SnapshotId = EMPTY;
  private newestSnapshot: SnapshotId = EMPTY;
  /** The voter sets of what is held: they come and go with the entries. */
  readonly voterSets: VoterSets;

  private constructor(voterSets: VoterSets) {
    this.voterSets = voterSets;
  }

  /**
   * Takes over what was stored. Entries at or below the snapshot serve as its trailing window.
   * A gap between snapshot and entries, or two terms for one index, is a corrupt store.
   */
  static restore(
    snapshot: SnapshotId | undefined,
    stored: readonly Entry[],
    voters: RestoredVoters = { initial: [], ofSnapshot: [] },
  ): RaftLog {
    const log = new RaftLog(new VoterSets(voters.initial));
    log.newestSnapshot = snapshot ?? EMPTY;
    log.voterSets.resetTo(log.newestSnapshot.index, orNone(voters.ofSnapshot));
    log.base = log.newestSnapshot;
    const first = stored[0];
    const last = stored.at(-1);
    // Entries that all end below the snapshot say nothing that it does not.
    if (first === undefined || last === undefined || last.index < log.base.index) return log;
    const behind = first.index > log.base.index;
    if (!behind) log.base = { index: first.index, term: first.term };
    log.append(behind ? stored : stored.slice(1));
    const term = log.termAt(log.newestSnapshot.index);
    assert(term === log.newestSnapshot.term, 'the stored log agrees with its snapshot');
    return log;
  }

  get firstIndex(): LogIndex {
    return this.base.index + 1;
  }

  /** Index of the last entry, or of the base where there is none. */
  get lastIndex(): LogIndex {
    return this.base.index + this.entries.length;
  }

  get lastTerm(): Term {
    return this.entries.at(-1)?.term ?? this.base.term;
  }

  get baseIndex(): LogIndex {
    return this.base.index;
  }

  get snapshot(): SnapshotId {
    return this.newestSnapshot;
  }

  /**
   * Term of the entry at `index`; 0 at index 0 of an uncut log. Undefined where the entry is cut
   * away or not there yet: never 0, which would match the empty log of a new follower and let the
   * leader count entries that the follower does not have.
   */
  termAt(index: LogIndex): Term | undefined {
    if (index === this.base.index) return this.base.term;
    return this.entries[index - this.firstIndex]?.term;
  }

  /**
   * Entries from `first` through `last` (inclusive), stopped before `maxBytes` of payload would be
   * passed; at least one where there is one, so that a big entry cannot block the log.
   */
  slice(first: LogIndex, last: LogIndex, maxBytes: number): Entry[] {
    assert(first >= this.firstIndex, `entry ${first} is not cut away`);
    const taken: Entry[] = [];
    let bytes = 0;
    for (let index = first; index <= Math.min(last, this.lastIndex); index += 1) {
      const entry = must(this.entries[index - this.firstIndex], `entry ${index} is held`);
      bytes += entry.payload.length;
      if (taken.length > 0 && bytes > maxBytes) break;
      taken.push(entry);
    }
    return taken;
  }

  /** True where the entry at `index` is held here and names a set of voters. */
  isSet(index: LogIndex): boolean {
    return this.entries[index - this.firstIndex]?.voters !== undefined;
  }

  /** Payload bytes of the entries from `first` through `last`, both inclusive. */
  payloadBytes(first: LogIndex, last: LogIndex): number {
    let bytes = 0;
    for (const entry of this.entries.slice(first - this.firstIndex, last - this.baseIndex)) {
      bytes += entry.payload.length;
    }
    return bytes;
  }

  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      assert(entry.index === this.lastIndex + 1, `entry ${entry.index} follows the last entry`);
      assert(entry.term >= this.lastTerm, `terms never go down in the log (at ${entry.index})`);
      this.entries.push(entry);
      // Those of the window before the snapshot are in its set already.
      const isNews = entry.index > this.newestSnapshot.index;
      if (isNews && entry.voters !== undefined) this.voterSets.note(entry.index, entry.voters);
    }
  }

  /** Drops the entry at `index` and all behind it. */
  truncateFrom(index: LogIndex): void {
    assert(index > this.newestSnapshot.index, `entry ${index} is not in a snapshot`);
    this.entries.length = index - this.firstIndex;
    this.voterSets.truncateFrom(index);
  }

  /** Forgets every entry: the snapshot came from the leader and says all. */
  resetTo(snapshot: Omit<Snapshot, 'data'>): void {
    this.entries = [];
    this.base = { index: snapshot.index, term: snapshot.term };
    this.newestSnapshot = this.base;
    this.voterSets.resetTo(snapshot.index, orNone(snapshot.voters));
  }

  /** Notes an own snapshot and drops what it covers, but for the newest `trailing` entries. */
  compact(snapshot: SnapshotId, trailing: number): void {
    assert(this.termAt(snapshot.index) === snapshot.term, 'a snapshot is of an entry in the log');
    this.newestSnapshot = { index: snapshot.index, term: snapshot.term };
    this.voterSets.compact(snapshot.index);
    const through = Math.max(this.base.index, snapshot.index - trailing);
    const term = must(this.termAt(through), `the term of entry ${through} is known`);
    this.entries.splice(0, through - this.base.index);
    this.base = { index: through, term };
  }

  /** True where a log that ends at (lastIndex, lastTerm) is at least as new as this (§5.4.1). */
  isUpToDate(lastIndex: LogIndex, lastTerm: Term): boolean {
    return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.lastIndex);
  }

  /**
   * The newest entry at or before `limit` whose term is at most `term`: where two logs that
   * disagree can still match. Falls to the base where the log holds no such entry.
   */
  newestAtMost(limit: LogIndex, term: Term): SnapshotId {
    let low = this.base.index;
    let high = Math.max(low, Math.min(limit, this.lastIndex));
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (must(this.termAt(middle), 'the term of a held entry is known') <= term) low = middle;
      else high = middle - 1;
    }
    return { index: low, term: must(this.termAt(low), 'the term of a held entry is known') };
  }
}
