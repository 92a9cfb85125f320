import type { Planted } from './fault.ts';
import { PLANTED_IN_BALANCE } from './in-balance.ts';
import { PLANTED_IN_DELAYS } from './in-delays.ts';
import { PLANTED_IN_DIRECTORIES } from './in-directories.ts';
import { PLANTED_IN_GROUPS } from './in-groups.ts';
import { PLANTED_IN_IDS } from './in-ids.ts';
import { PLANTED_IN_JOURNAL } from './in-journal.ts';
import { PLANTED_IN_LOG } from './in-log.ts';
import { PLANTED_IN_MEMBERS } from './in-members.ts';
import { PLANTED_IN_METADATA } from './in-metadata.ts';
import { PLANTED_IN_RAFT } from './in-raft.ts';
import { PLANTED_IN_REPLICATION } from './in-replication.ts';

/** All there are; each file is one subject. */
export const PLANTED: readonly Planted[] = [
  ...PLANTED_IN_REPLICATION,
  ...PLANTED_IN_LOG,
  ...PLANTED_IN_DIRECTORIES,
  ...PLANTED_IN_RAFT,
  ...PLANTED_IN_MEMBERS,
  ...PLANTED_IN_METADATA,
  ...PLANTED_IN_BALANCE,
  ...PLANTED_IN_DELAYS,
  ...PLANTED_IN_IDS,
  ...PLANTED_IN_GROUPS,
  ...PLANTED_IN_JOURNAL,
];
