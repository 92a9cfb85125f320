import type { Edit, Planted } from './fault.ts';

const CORE = 'src/broker/replication/partition-core.ts';
const PARTITION = 'src/broker/replication/partition.ts';

/** As the program checks itself: what it would end at must come to the eyes of the others. */
const UNCHECKED_PARTITION: Edit = {
  path: CORE,
  original: '#checkInvariants(): void {',
  fault: '#checkInvariants(): void {\n    if (this.#lagMaxMs > 0) return;',
};

/** What is planted in replicas, those that lead and those that follow, and in readers. */
export const PLANTED_IN_REPLICATION: readonly Planted[] = [
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
    original: 'new Set([...this.#committed, ...this.#leaving, ...proposed]);',
    fault: 'new Set(proposed.length > 0 ? proposed : this.#committed);',
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
    name: 'let-a-damaged-replica-lead',
    path: 'src/broker/broker-node.ts',
    original: "if (outcome === 'quarantined') replicas.noteDamaged(log.topicId, log.partition);",
    fault: 'void outcome;',
    finder: { scenarios: 'empty-disk', name: 'does not lead, even where it is the last member' },
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
    name: 'read-on-in-the-next-topic-of-a-name',
    path: 'src/client/reader/fetcher.ts',
    original: "this.#fail(cursor, new OttlaError('UNKNOWN_TOPIC_ID', message));",
    fault: 'void message;',
    finder: { seeds: '1-30' },
    property: 'history: inconsistent-offsets',
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
];
