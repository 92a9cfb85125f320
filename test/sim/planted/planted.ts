/** A one-line fault that the simulator must find: what is replaced, where, by what. */
export interface Planted {
  readonly name: string;
  readonly path: string;
  readonly original: string;
  readonly fault: string;
}

const CORE = 'src/broker/replication/partition-core.ts';
const PARTITION = 'src/broker/replication/partition.ts';

export const PLANTED: readonly Planted[] = [
  {
    name: 'count-unflushed-bytes-of-the-leader',
    path: CORE,
    original: "durability === 'memory' ? this.#log.logEndOffset : this.#log.flushedOffset",
    fault: 'this.#log.logEndOffset',
  },
  {
    name: 'count-unflushed-bytes-of-followers',
    path: 'src/broker/replication/follower-progress.ts',
    original: ': Math.min(this.#fetchOffset, this.#flushedOffset)',
    fault: ': this.#fetchOffset',
  },
  {
    name: 'join-before-the-epoch-start',
    path: CORE,
    original: 'position >= this.#highWatermark && position >= this.#epochStartOffset',
    fault: 'position >= this.#highWatermark',
  },
  {
    name: 'drop-a-pending-member-early',
    path: 'src/broker/replication/isr-state.ts',
    original: 'this.#maximal = new Set([...this.#committed, ...proposed]);',
    fault: 'this.#maximal = new Set(proposed);',
  },
  {
    name: 'commit-under-the-minimum',
    path: CORE,
    original: 'if (this.isUnderMinIsr) return this.#highWatermark;',
    fault: '',
  },
  {
    name: 'acknowledge-a-duplicate-early',
    path: PARTITION,
    original: 'if (options.acks !== -1) {',
    fault: 'if (options.acks !== -1 || outcome.isDuplicate) {',
  },
  {
    name: 'serve-what-is-not-committed',
    path: PARTITION,
    original:
      'if (request.fetchOffset >= this.highWatermark) return [];\n    return this.#read(request, this.highWatermark);',
    fault: 'return this.#read(request, this.log.logEndOffset);',
  },
  {
    name: 'keep-a-diverged-tail',
    path: 'src/broker/replication/follower-check.ts',
    original: 'if (end.leaderEpoch < lastFetchedEpoch || end.endOffset < fetchOffset) return end;',
    fault: '',
  },
  {
    name: 'cut-by-the-high-watermark',
    path: 'src/broker/replication/apply-news.ts',
    original: 'const endOffset = decideTruncation(partition.log, news.diverging);',
    fault: 'const endOffset = partition.highWatermark;',
  },
  {
    name: 'take-the-high-watermark-of-a-diverging-answer',
    path: 'src/broker/replication/apply-news.ts',
    original: 'if (news.diverging !== undefined) {',
    fault:
      'if (news.diverging !== undefined) {\n    partition.onLeaderOffsets(news.highWatermark, news.logStartOffset);',
  },
  {
    name: 'forget-to-write-the-epoch',
    path: PARTITION,
    original: 'await this.log.assignEpoch(leaderEpoch, this.log.logEndOffset);',
    fault: 'await Promise.resolve();',
  },
  {
    name: 'elect-out-of-sync',
    path: 'src/controller/election.ts',
    original: 'if (!rules.allowsUnclean) return NONE;',
    fault: '',
  },
  {
    name: 'skip-the-sync-of-a-segment',
    path: 'src/log/flusher.ts',
    original: 'const syncs = work.files.map((file) => file.sync());',
    fault: 'const syncs: Array<Promise<void>> = [];',
  },
  {
    name: 'skip-the-sync-of-a-directory',
    path: 'src/log/flusher.ts',
    original: 'if (work.directory !== undefined) syncs.push(disk.syncDir(work.directory));',
    fault: '',
  },
  {
    name: 'go-on-after-a-failed-sync',
    path: 'src/log/flusher.ts',
    original: 'await Promise.all(syncs);',
    fault: 'await Promise.allSettled(syncs);',
  },
  {
    name: 'forget-duplicates',
    path: 'src/log/producer-state.ts',
    original: 'if (earlier !== undefined) return earlier;',
    fault: 'if (earlier !== undefined) return undefined;',
  },
  {
    name: 'forget-the-vote',
    path: 'src/raft/raft-store.ts',
    original: 'await voteFile?.write(hardState);\n      operations.push(putHardState(hardState));',
    fault: '',
  },
  {
    name: 'promise-before-the-sync',
    path: 'src/raft/raft-node.ts',
    original: 'this.#held.push({ seq: output.persistSeq, envelopes: output.sendAfterPersist });',
    fault: 'this.#held.push({ seq: 0, envelopes: output.sendAfterPersist });',
  },
  {
    name: 'commit-without-the-own-disk',
    path: 'src/raft/core/replication.ts',
    original: '? state.persists.persistedIndex',
    fault: '? log.lastIndex',
  },
  {
    name: 'commit-an-older-term-by-counting',
    path: 'src/raft/core/replication.ts',
    original: 'if (majority <= commitIndex || log.termAt(majority) !== termOf(state)) return;',
    fault: 'if (majority <= commitIndex) return;',
  },
  {
    name: 'trust-a-log-after-a-crash',
    path: 'src/log/log-manager.ts',
    original: 'const isClean = cleanShutdown !== undefined;',
    fault: 'const isClean = true;',
  },
  {
    name: 'trust-the-page-cache-after-a-failed-sync',
    path: 'src/log/recovery.ts',
    original: 'if (hasUnsynced) segment.rewriteFrom(hints.flushedOffset ?? 0);',
    fault: 'if (hasUnsynced) segment.isDirty = true;',
  },
];
