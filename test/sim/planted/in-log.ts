import type { Planted } from './fault.ts';

/** What is planted in the logs of partitions. */
export const PLANTED_IN_LOG: readonly Planted[] = [
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
    name: 'trust-a-log-after-a-crash',
    path: 'src/log/log-manager.ts',
    original: 'const isClean = cleanShutdown !== undefined;',
    fault: 'const isClean = true;',
    finder: { seeds: '1-30' },
  },
  {
    name: 'find-no-epoch-in-the-records',
    path: 'src/log/epoch-recovery.ts',
    original: 'if (nextOffsetOf(header) > scanFrom) {',
    fault: 'if (stored === undefined) {',
    finder: { scenarios: 'follower-epochs', name: 'power went behind the sync of the record' },
  },
  {
    name: 'checkpoint-a-mark-above-the-history',
    path: 'src/log/log-manager.ts',
    original: 'settledOffset: log.flushing.markOffset,',
    fault: 'settledOffset: log.settledOffset,',
    finder: { scenarios: 'follower-epochs', name: 'took the checkpoint in between' },
  },
  {
    name: 'trust-the-page-cache-after-a-failed-sync',
    path: 'src/log/recovery.ts',
    original: 'if (hasUnsynced) segment.rewriteFrom(hints.settledOffset ?? 0);',
    fault: 'if (hasUnsynced) segment.isDirty = true;',
    finder: { scenarios: 'disk', name: 'counts what its page cache still shows' },
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
    name: 'ignore-what-cannot-tell-whose-it-is',
    path: 'src/log/partition-loader.ts',
    original: 'entry.name === IDENTITY_FILE || offsetInName',
    fault: 'offsetInName',
    finder: { scenarios: 'damage', name: 'cannot tell whose it is' },
    property: 'restart-keeps',
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
    name: 'compact-the-newest-away',
    path: 'src/log/compaction/compact-batch.ts',
    original: 'header.baseOffset + span.offsetDelta < newest) return false;',
    fault: 'header.baseOffset + span.offsetDelta <= newest) return false;',
    finder: { scenarios: 'compaction', name: 'retention deletes the oldest segments' },
    property: 'newest-is-kept',
  },
];
