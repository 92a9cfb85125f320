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
  /** Further lines, where each alone is made up for by another: an assertion of the program, say. */
  readonly also?: readonly Edit[];
  readonly finder: Finder;
  /** What must be told to be broken, while all others that are named in this list look away. */
  readonly property?: string;
}

const CORE = 'src/broker/replication/partition-core.ts';
const PARTITION = 'src/broker/replication/partition.ts';
const STORE = 'src/raft/raft-store.ts';
const IMAGE = 'src/metadata/apply-batch.ts';

/** The program checks itself as well: what it would end at must come to the eyes of the others. */
const UNCHECKED_RAFT: Edit = {
  path: 'src/raft/core/invariants.ts',
  original: 'check(state: CoreState): void {',
  fault: 'check(state: CoreState): void {\n    if (state.config.id > 0) return;',
};
const UNCHECKED_IMAGE: Edit = {
  path: 'src/controller/metadata-writer.ts',
  original: 'checkTransition(this.#image, next);',
  fault: 'void checkTransition;',
};
const UNCHECKED_PARTITION: Edit = {
  path: CORE,
  original: '#checkInvariants(): void {',
  fault: '#checkInvariants(): void {\n    if (this.#lagMaxMs > 0) return;',
};

export const PLANTED: readonly Planted[] = [
  {
    name: 'count-unflushed-bytes-of-the-leader',
    path: CORE,
    original: 'const own = this.#log.flushedOffset;',
    fault: 'const own = this.#log.logEndOffset as FlushedOffset;',
    finder: { seeds: '1-30' },
    property: 'committed-is-durable',
  },
  {
    name: 'count-unflushed-bytes-of-followers',
    path: 'src/broker/replication/follower-progress.ts',
    original: 'return flushedWithin(this.#flushedOffset, this.#fetchOffset);',
    fault: 'return this.#fetchOffset as FlushedOffset;',
    finder: { seeds: '1-30' },
    property: 'acknowledged-is-durable',
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
    property: 'maximal-isr',
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
    property: 'acknowledged-is-committed',
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
    property: 'committed-records',
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
    property: 'leader-completeness',
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
    also: [{ path: 'src/env/disk.ts', original: 'await disk.syncDir(parentOf(path));', fault: '' }],
    finder: { scenarios: 'cluster', name: 'keeps the names of its segments' },
    property: 'restart-keeps',
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
    property: 'producer-sequences',
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
    name: 'cut-what-follows-a-late-message',
    path: 'src/raft/core/append.ts',
    original: 'if (first === undefined) return;',
    fault:
      'if (first === undefined) return log.truncateFrom((entries.at(-1)?.index ?? log.lastIndex) + 1);',
    finder: { scenarios: 'metadata-quorum', name: 'comes once more, late' },
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
    property: 'image-agreement',
  },
  {
    name: 'wait-on-after-a-lost-leadership',
    path: PARTITION,
    original: 'this.#waiters.failAll(code);',
    fault: 'void code;',
    finder: { seeds: '1-30' },
    property: 'bounded-waits',
  },
  {
    name: 'give-a-topic-the-id-of-an-older-one',
    path: 'src/controller/controller-node.ts',
    original: 'topicIds: request.topics.map(() => randomId(random)),',
    fault: "topicIds: request.topics.map(({ name }) => name.slice(0, 21).padEnd(22, 'A')),",
    finder: { seeds: '1-30' },
    property: 'topic-ids',
  },
  {
    name: 'acknowledge-from-memory',
    path: 'src/metadata/topic-configs.ts',
    original: "ackDurability: text('ack.durability') === 'memory' ? 'memory' : 'fsync',",
    fault: "ackDurability: 'memory',",
    finder: { scenarios: 'memory', name: 'is not acknowledged under fsync' },
  },
  {
    name: 'keep-entries-that-conflict',
    path: 'src/raft/core/append.ts',
    original: 'log.termAt(entry.index) !== entry.term);',
    fault: 'log.termAt(entry.index) === undefined);',
    finder: { scenarios: 'metadata-quorum', name: 'commits an entry of an older term only behind' },
    property: 'metadata-log',
  },
  {
    name: 'name-a-snapshot-that-is-not-written',
    path: STORE,
    original: 'await snapshots.write(snapshot);\n    this.#base = {',
    fault: 'this.#base = {',
    finder: { seeds: '1-30' },
    property: 'snapshot-at-start',
  },
  {
    name: 'skip-the-sync-of-the-metadata-log',
    path: STORE,
    original: 'await store.batch(operations, { sync: true });\n    if (this.#base.snapshot',
    fault: 'await store.batch(operations, { sync: false });\n    if (this.#base.snapshot',
    finder: { seeds: '1-30' },
    property: 'durable-metadata',
  },
  {
    name: 'forget-the-vote-within-a-term',
    path: 'src/raft/core/roles.ts',
    original: 'if (term > termOf(state)) {',
    fault: 'if (term >= termOf(state)) {',
    also: [UNCHECKED_RAFT],
    finder: { seeds: '1-30' },
    property: 'kept-votes',
  },
  {
    name: 'take-back-what-is-committed',
    path: 'src/raft/core/append.ts',
    original: 'Math.max(commitIndex, Math.min(message.commitIndex, lastNewIndex));',
    fault: 'Math.min(message.commitIndex, lastNewIndex);',
    also: [UNCHECKED_RAFT],
    finder: { seeds: '1-30' },
    property: 'raft-monotone',
  },
  {
    name: 'vote-for-a-log-that-lacks',
    path: 'src/raft/core/raft-log.ts',
    original: 'return lastTerm > this.lastTerm || (',
    fault: 'return lastTerm > 0 || lastTerm > this.lastTerm || (',
    finder: { scenarios: 'metadata-quorum', name: 'is led only by who has all' },
    property: 'raft-completeness',
  },
  {
    name: 'vote-for-everybody-who-asks',
    path: 'src/raft/core/election.ts',
    original:
      'votedFor === message.from || (votedFor === undefined && state.leaderId === undefined);',
    fault: 'votedFor !== 0;',
    also: [UNCHECKED_RAFT],
    finder: { scenarios: 'metadata-quorum', name: 'has one leader in a term' },
    property: 'raft-leader',
  },
  {
    name: 'let-a-high-watermark-go-back',
    path: CORE,
    original: 'const isAdvanced = next > this.#highWatermark;',
    fault: 'const isAdvanced = next !== NONE && next !== this.#highWatermark;',
    finder: { seeds: '1-30' },
    property: 'high-watermark-monotone',
  },
  {
    name: 'take-a-high-watermark-beyond-the-log',
    path: CORE,
    original: 'const next = this.#clamped(leaderHighWatermark);',
    fault: 'const next = leaderHighWatermark;',
    also: [UNCHECKED_PARTITION],
    finder: { seeds: '1-30' },
    property: 'offset-order',
  },
  {
    name: 'lead-because-in-sync',
    path: PARTITION,
    original: 'if (registration.leader === this.#host.brokerId) {',
    fault: 'if (registration.isr.includes(this.#host.brokerId)) {',
    also: [
      {
        path: CORE,
        original: 'assert(registration.leader === this.brokerId,',
        fault: 'assert(registration.isr.includes(this.brokerId),',
      },
    ],
    finder: { seeds: '1-30' },
    property: 'partition-leader',
  },
  {
    name: 'cut-all-where-logs-part',
    path: 'src/broker/replication/apply-news.ts',
    original: 'const endOffset = decideTruncation(partition.log, news.diverging);',
    fault: 'const endOffset = 0 * decideTruncation(partition.log, news.diverging);',
    finder: { seeds: '1-30' },
    property: 'kept-records',
  },
  {
    name: 'keep-the-partition-epoch',
    path: IMAGE,
    original: 'partitionEpoch: previous.partitionEpoch + 1,',
    fault: 'partitionEpoch: previous.partitionEpoch,',
    also: [UNCHECKED_IMAGE],
    finder: { seeds: '1-30' },
    property: 'registration-epochs',
  },
  {
    name: 'empty-the-in-sync-set',
    path: 'src/controller/withdrawal.ts',
    original: "return by.kind === 'lost' || canCarryOn ? others : isr;",
    fault: 'return canCarryOn ? others : others;',
    finder: { seeds: '1-30' },
    property: 'registration-shape',
  },
  {
    name: 'elect-a-fenced-broker',
    path: 'src/controller/election.ts',
    original: 'isUsableBroker(image, brokerId) &&\n      context',
    fault: 'context',
    also: [UNCHECKED_IMAGE],
    finder: { seeds: '1-30' },
    property: 'fenced-stays-out',
  },
  {
    name: 'register-under-a-lower-epoch',
    path: IMAGE,
    original: 'const brokerEpoch: number = index;',
    fault: 'const brokerEpoch: number = (previous?.brokerEpoch ?? index + 1) - 1;',
    also: [UNCHECKED_IMAGE],
    finder: { seeds: '1-30' },
    property: 'broker-epochs',
  },
  {
    name: 'go-back-to-the-first-producer-id',
    path: 'src/metadata/snapshot.ts',
    original: 'producerIdsRecord(NO_BROKER, image.nextProducerId)]',
    fault: 'producerIdsRecord(NO_BROKER, 1)]',
    finder: { seeds: '1-30' },
    property: 'producer-ids',
  },
  {
    name: 'call-durable-what-is-only-written',
    path: 'src/log/flusher.ts',
    original: 'const syncs = work.files.map((file) => file.sync());',
    fault: 'const syncs = work.files.map(() => Promise.resolve());',
    finder: { seeds: '1-30' },
    property: 'damage-is-real',
  },
  {
    name: 'number-compacted-records-anew',
    path: 'src/log/compaction/compact-batch.ts',
    original: 'const baseTimestampMs = horizonMs ?? header.baseTimestampMs;',
    fault:
      'const baseTimestampMs = horizonMs ?? header.baseTimestampMs;\n  header = { ...header, baseOffset: header.baseOffset + 1 };',
    finder: { scenarios: 'compaction', name: 'retention deletes the oldest segments' },
  },
  {
    name: 'acknowledge-compacted-records-from-memory',
    path: 'src/metadata/topic-configs.ts',
    original: "ackDurability: text('ack.durability') === 'memory' ? 'memory' : 'fsync',",
    fault: "ackDurability: 'memory',",
    finder: { scenarios: 'compaction', name: 'nothing else .seed 14' },
    property: 'compacted-records',
  },
  {
    name: 'compact-the-newest-away',
    path: 'src/log/compaction/compact-batch.ts',
    original: 'header.baseOffset + span.offsetDelta < newest) return false;',
    fault: 'header.baseOffset + span.offsetDelta <= newest) return false;',
    finder: { scenarios: 'compaction', name: 'retention deletes the oldest segments' },
    property: 'newest-is-kept',
  },
];
