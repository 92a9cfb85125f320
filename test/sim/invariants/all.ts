import { boundedWaits } from './bounded-waits.ts';
import { committedRecords } from './committed-records.ts';
import { compactedRecords } from './compacted-records.ts';
import { delayedRecords } from './delayed-records.ts';
import { durableCopies } from './durable-copies.ts';
import { durableMetadata } from './durable-metadata.ts';
import { groupLog } from './group-log.ts';
import { imageAgreement } from './image-agreement.ts';
import type { Invariant } from './invariant.ts';
import { keptRecords } from './kept-records.ts';
import { keptVotes } from './kept-votes.ts';
import { logDirectories } from './log-directories.ts';
import { maximalIsr } from './maximal-isr.ts';
import { metadataLog } from './metadata-log.ts';
import { offsetOrder } from './offset-order.ts';
import { partitionLeader } from './partition-leader.ts';
import { raftCompleteness } from './raft-completeness.ts';
import { raftLeader } from './raft-leader.ts';
import { registrations } from './registrations.ts';
import { repeatedRecords } from './repeated-records.ts';
import { restartKeeps } from './restart-keeps.ts';
import { snapshotAtStart } from './snapshot-at-start.ts';
import { topicIds } from './topic-ids.ts';

/** A fresh set: each looks at one run only. */
export const allInvariants = (): Invariant[] => [
  raftLeader(),
  metadataLog(),
  imageAgreement(),
  registrations(),
  partitionLeader(),
  offsetOrder(),
  maximalIsr(),
  durableCopies(),
  committedRecords(),
  compactedRecords(),
  delayedRecords(),
  repeatedRecords(),
  restartKeeps(),
  logDirectories(),
  keptVotes(),
  durableMetadata(),
  snapshotAtStart(),
  raftCompleteness(),
  keptRecords(),
  topicIds(),
  boundedWaits(),
  groupLog(),
];
