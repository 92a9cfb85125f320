import type { LogIndex, NodeId } from '../../base/ids.ts';
import { CatchUp } from './catch-up.ts';
import type { SnapshotId } from './entry.ts';
import type { Ballot, Voter } from './voters.ts';
import { isOf } from './voters.ts';

/** Finding where the logs match: one append at a time. */
interface Probe {
  readonly kind: 'probe';
  /** True between sending a probe and its answer or the next heartbeat. */
  paused: boolean;
}

/** The logs match: appends are pipelined, `nextIndex` runs ahead of the answers. */
interface Replicate {
  readonly kind: 'replicate';
  /** Last index of each append on its way, ascending; at most `maxInflight`. */
  inflight: LogIndex[];
}

/** The entries it needs are cut away here: it is sent a snapshot, one chunk at a time. */
export interface SendingSnapshot {
  readonly kind: 'snapshot';
  readonly snapshotId: SnapshotId;
  /** Next byte that the peer expects. */
  offset: number;
  /** True while the shell reads the chunk at `offset`. */
  awaitingChunk: boolean;
  stalledTicks: number;
}

/** What a leader knows of one other node. Invariant: matchIndex < nextIndex. */
export class Peer {
  readonly id: NodeId;
  /** As the set in force names it; undefined: an observer. */
  voter: Voter | undefined;
  /** What it said of itself last; undefined until it was heard by this leader. */
  ballot: Ballot | undefined;
  /** The peer's durable log equals ours up to here (inclusive). */
  matchIndex: LogIndex = 0;
  /** The next entry to send. */
  nextIndex: LogIndex;
  state: Probe | Replicate | SendingSnapshot = { kind: 'probe', paused: false };
  silentTicks = 0;
  heartbeatDue = true;
  /** The commit index that the newest append told it. */
  sentCommitIndex: LogIndex = 0;
  /**
   * Heard since its connection broke last, from a release that keeps sets of voters. To any other
   * goes none: it would keep an entry that says nothing, and go by it under a later release.
   */
  knowsSets = false;
  /** Of an earlier release, where a set is recorded here: what it acknowledges is not counted. */
  isOutdated = false;
  /** It was told to wait until it is updated, and so was the shell here. */
  isToldToUpdate = false;
  readonly catchUp = new CatchUp();

  constructor(id: NodeId, voter: Voter | undefined, nextIndex: LogIndex) {
    this.id = id;
    this.voter = voter;
    this.nextIndex = nextIndex;
  }

  /**
   * True for a voter whose acknowledgements count: not where another directory of its node answers,
   * for the one that the set names could come back without what that one acknowledged.
   */
  get counts(): boolean {
    if (this.voter === undefined || this.isOutdated) return false;
    return this.ballot === undefined || isOf(this.voter, this.ballot);
  }

  /**
   * Another directory holds nothing of what the one before it acknowledged. `isRecorded`: the log
   * here names a set of voters.
   */
  hear(ballot: Ballot, isRecorded: boolean): void {
    const isAnother = this.ballot !== undefined && this.ballot.directoryId !== ballot.directoryId;
    this.ballot = ballot;
    this.knowsSets = ballot.directoryId !== '';
    this.isOutdated = isRecorded && !this.knowsSets;
    if (!isAnother) return;
    this.becomeProbe(this.nextIndex);
    this.matchIndex = 0;
    this.catchUp.restart();
  }

  /** Back to one append at a time, from `nextIndex`; matchIndex is kept beneath it. */
  becomeProbe(nextIndex: LogIndex): void {
    this.state = { kind: 'probe', paused: false };
    this.nextIndex = nextIndex;
    this.matchIndex = Math.min(this.matchIndex, nextIndex - 1);
  }

  becomeReplicate(): void {
    this.state = { kind: 'replicate', inflight: [] };
    this.nextIndex = this.matchIndex + 1;
  }

  becomeSnapshot(snapshotId: SnapshotId): SendingSnapshot {
    const sending: SendingSnapshot = {
      kind: 'snapshot',
      snapshotId,
      offset: 0,
      awaitingChunk: false,
      stalledTicks: 0,
    };
    this.state = sending;
    return sending;
  }

  /**
   * The peer confirmed its log up to `matchIndex`. A late answer that says less than is known
   * changes nothing; `reachable` tells whether the log here still holds what comes next.
   */
  onMatch(matchIndex: LogIndex, reachable: boolean): void {
    const news = matchIndex > this.matchIndex || matchIndex >= this.nextIndex - 1;
    this.matchIndex = Math.max(this.matchIndex, matchIndex);
    if (this.state.kind === 'replicate') {
      this.nextIndex = Math.max(this.nextIndex, this.matchIndex + 1);
      this.state.inflight = this.state.inflight.filter((last) => last > this.matchIndex);
    } else if (news && reachable) {
      this.becomeReplicate();
    } else {
      this.nextIndex = Math.max(this.nextIndex, this.matchIndex + 1);
    }
  }

  /** True where an append with entries may go out now. */
  hasRoom(maxInflight: number): boolean {
    if (this.state.kind === 'probe') return !this.state.paused;
    return this.state.kind === 'replicate' && this.state.inflight.length < maxInflight;
  }
}
