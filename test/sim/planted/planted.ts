/** What finds a fault: seeds of the swarm, or one scenario of the suite. */
export type Finder =
  | { readonly seeds: string }
  | {
      /** The file under `test/sim/scenarios`. */
      readonly scenarios: string;
      readonly name: string;
    };

/** What is replaced, where, by what. */
export interface Edit {
  readonly path: string;
  readonly original: string;
  readonly fault: string;
}

/** A one-line fault that the simulator must find. */
export interface Planted extends Edit {
  readonly name: string;
  /** A second line, where each of the two alone is made up for by the other. */
  readonly also?: Edit;
  readonly finder: Finder;
}

const CORE = 'src/broker/replication/partition-core.ts';
const PARTITION = 'src/broker/replication/partition.ts';

export const PLANTED: readonly Planted[] = [
  {
    name: 'count-unflushed-bytes-of-the-leader',
    path: CORE,
    original: 'const own = this.#log.flushedOffset;',
    fault: 'const own = this.#log.logEndOffset as FlushedOffset;',
    finder: { seeds: '1-30' },
  },
  {
    name: 'count-unflushed-bytes-of-followers',
    path: 'src/broker/replication/follower-progress.ts',
    original: 'return flushedWithin(this.#flushedOffset, this.#fetchOffset);',
    fault: 'return this.#fetchOffset as FlushedOffset;',
    finder: { seeds: '1-30' },
  },
  {
    name: 'join-before-the-epoch-start',
    path: CORE,
    original: 'position >= this.#highWatermark && position >= this.#epochStartOffset',
    fault: 'position >= this.#highWatermark',
    finder: { scenarios: 'empty-disk', name: 'joins only past the start of the epoch' },
  },
  {
    name: 'drop-a-pending-member-early',
    path: 'src/broker/replication/isr-state.ts',
    original: 'this.#maximal = new Set([...this.#committed, ...proposed]);',
    fault: 'this.#maximal = new Set(proposed);',
    finder: { seeds: '1-30' },
  },
  {
    name: 'commit-under-the-minimum',
    path: CORE,
    original: 'if (this.isUnderMinIsr) return this.#highWatermark;',
    fault: '',
    finder: { scenarios: 'damage', name: 'fewer in sync than must have a record' },
  },
  {
    name: 'acknowledge-a-duplicate-early',
    path: PARTITION,
    original: 'if (options.acks !== -1) {',
    fault: 'if (options.acks !== -1 || outcome.isDuplicate) {',
    finder: { seeds: '1-30' },
  },
  {
    name: 'serve-what-is-not-committed',
    path: 'src/broker/replication/partition-reader.ts',
    original: 'return this.#read({ ...request, withoutGaps: true }, this.#replica.highWatermark);',
    fault: 'return this.#read(request, this.#replica.log.logEndOffset);',
    finder: { seeds: '1-30' },
  },
  {
    name: 'keep-a-diverged-tail',
    path: 'src/broker/replication/follower-check.ts',
    original: 'if (end.leaderEpoch < lastFetchedEpoch || end.endOffset < fetchOffset) return end;',
    fault: '',
    finder: { seeds: '1-30' },
  },
  {
    name: 'cut-by-the-high-watermark',
    path: 'src/broker/replication/apply-news.ts',
    original: 'const endOffset = decideTruncation(partition.log, news.diverging);',
    fault: 'const endOffset = partition.highWatermark;',
    finder: { scenarios: 'truncation', name: 'is cut where the logs part' },
  },
  {
    name: 'forget-to-write-the-epoch',
    path: PARTITION,
    original: 'await this.log.assignEpoch(leaderEpoch, this.log.logEndOffset);',
    fault: 'await Promise.resolve();',
    finder: {
      scenarios: 'cluster',
      name: 'keeps what it acknowledged when every machine loses power',
    },
  },
  {
    name: 'elect-out-of-sync',
    path: 'src/controller/election.ts',
    original: 'if (!rules.allowsUnclean) return NONE;',
    fault: '',
    finder: { scenarios: 'cluster', name: 'has no leader rather than one that lacks' },
  },
  {
    name: 'skip-the-sync-of-a-segment',
    path: 'src/log/flusher.ts',
    original: 'const syncs = work.files.map((file) => file.sync());',
    fault: 'const syncs: Array<Promise<void>> = [];',
    finder: { seeds: '1-30' },
  },
  {
    name: 'skip-the-sync-of-a-directory',
    path: 'src/log/flusher.ts',
    original: 'if (work.directory !== undefined) syncs.push(disk.syncDir(work.directory));',
    fault: '',
    // Else the producers' snapshot, which every roll leaves, syncs the directory as well.
    also: { path: 'src/env/disk.ts', original: 'await disk.syncDir(parentOf(path));', fault: '' },
    finder: { scenarios: 'cluster', name: 'keeps the names of its segments' },
  },
  {
    name: 'go-on-after-a-failed-sync',
    path: 'src/log/flusher.ts',
    original: 'await Promise.all(syncs);',
    fault: 'await Promise.allSettled(syncs);',
    finder: { scenarios: 'disk', name: 'counts what its page cache still shows' },
  },
  {
    name: 'forget-duplicates',
    path: 'src/log/producer-state.ts',
    original: 'if (earlier !== undefined) return earlier;',
    fault: 'if (earlier !== undefined) return undefined;',
    finder: { seeds: '1-30' },
  },
  {
    name: 'forget-the-vote',
    path: 'src/raft/raft-store.ts',
    original: 'await voteFile?.write(hardState);\n      operations.push(putHardState(hardState));',
    fault: '',
    finder: { seeds: '1-30' },
  },
  {
    name: 'promise-before-the-sync',
    path: 'src/raft/raft-node.ts',
    original: 'this.#held.push({ seq: output.persistSeq, envelopes: output.sendAfterPersist });',
    fault: 'this.#held.push({ seq: 0, envelopes: output.sendAfterPersist });',
    finder: { scenarios: 'metadata-quorum', name: 'on the disk of its leader alone' },
  },
  {
    name: 'commit-without-the-own-disk',
    path: 'src/raft/core/replication.ts',
    original: '? state.persists.persistedIndex',
    fault: '? log.lastIndex',
    finder: { scenarios: 'metadata-quorum', name: 'on the disk of a follower alone' },
  },
  {
    name: 'commit-an-older-term-by-counting',
    path: 'src/raft/core/replication.ts',
    original: 'if (majority <= commitIndex || log.termAt(majority) !== termOf(state)) return;',
    fault: 'if (majority <= commitIndex) return;',
    finder: { scenarios: 'metadata-quorum', name: 'commits an entry of an older term only behind' },
  },
  {
    name: 'trust-a-log-after-a-crash',
    path: 'src/log/log-manager.ts',
    original: 'const isClean = cleanShutdown !== undefined;',
    fault: 'const isClean = true;',
    finder: { seeds: '1-30' },
  },
  {
    name: 'trust-the-page-cache-after-a-failed-sync',
    path: 'src/log/recovery.ts',
    original: 'if (hasUnsynced) segment.rewriteFrom(hints.flushedOffset ?? 0);',
    fault: 'if (hasUnsynced) segment.isDirty = true;',
    finder: { scenarios: 'disk', name: 'counts what its page cache still shows' },
  },
  {
    name: 'let-a-wiped-disk-vote',
    path: 'src/raft/recovery.ts',
    original: 'canVote: distrust === undefined,',
    fault: 'canVote: true,',
    finder: { scenarios: 'empty-disk', name: 'does not help a voter to lead' },
  },
  {
    name: 'let-a-damaged-replica-lead',
    path: 'src/broker/broker-node.ts',
    original: "if (outcome === 'quarantined') replicas.noteDamaged(log.topicId, log.partition);",
    fault: 'void outcome;',
    finder: { scenarios: 'empty-disk', name: 'does not lead, even where it is the last member' },
  },
  {
    name: 'let-a-fenced-broker-join',
    path: 'src/controller/isr.ts',
    original: 'isUsableBroker(image, member.brokerId) &&\n  (member',
    fault: '(member',
    finder: { scenarios: 'in-sync', name: 'is not joined by a broker that was fenced' },
  },
  {
    name: 'lead-the-quorum-unhearing',
    path: 'src/raft/core/replication.ts',
    original: 'if (!hearsMajority(state, leading)) {',
    fault: 'if (state.config.voters.length === 0) {',
    finder: { scenarios: 'metadata-quorum', name: 'leaves a leader that is heard by all' },
  },
  {
    name: 'give-producer-ids-out-twice',
    path: 'src/controller/producer-ids.ts',
    original: 'firstProducerId + PRODUCER_ID_BLOCK_COUNT));',
    fault: 'firstProducerId));',
    finder: { seeds: '1-30' },
  },
  {
    name: 'forget-producer-ids-in-a-snapshot',
    path: 'src/metadata/snapshot.ts',
    original:
      '...(image.nextProducerId === 0 ? [] : [producerIdsRecord(NO_BROKER, image.nextProducerId)]),',
    fault: '',
    finder: { seeds: '1-30' },
  },
  {
    name: 'wait-on-after-a-lost-leadership',
    path: PARTITION,
    original: 'this.#waiters.failAll(code);',
    fault: 'void code;',
    finder: { seeds: '1-30' },
  },
  {
    name: 'give-a-topic-the-id-of-an-older-one',
    path: 'src/controller/controller-node.ts',
    original: 'topicIds: request.topics.map(() => randomId(random)),',
    fault: "topicIds: request.topics.map(({ name }) => name.slice(0, 21).padEnd(22, 'A')),",
    finder: { seeds: '1-30' },
  },
  {
    name: 'acknowledge-from-memory',
    path: 'src/metadata/topic-configs.ts',
    original: "ackDurability: text('ack.durability') === 'memory' ? 'memory' : 'fsync',",
    fault: "ackDurability: 'memory',",
    finder: { scenarios: 'memory', name: 'is not acknowledged under fsync' },
  },
];
