import { createTopic, deleteTopic, electLeaders, growTopic, reassign } from './admin-faults.ts';
import { operate } from './broker-operations.ts';
import { directoryFails, directoryGivenUp, directoryMissing } from './directory-faults.ts';
import { diskFull, eio, slowSync, stuckSync } from './disk-faults.ts';
import type { FaultAction, FaultKind } from './fault.ts';
import {
  clog,
  cutOneWay,
  cutPair,
  duplicate,
  isolate,
  reset,
  slowNetwork,
  split,
} from './network-faults.ts';
import {
  crash,
  pause,
  powerCut,
  powerCutAll,
  powerCutMidway,
  producerCrash,
  restart,
  restartStorm,
  wallJump,
} from './process-faults.ts';
import { delayedIndex, rot, wipe } from './rot-faults.ts';
import { changeVoters, oldDisk } from './voter-changes.ts';

export const FAULT_ACTIONS: Readonly<Record<FaultKind, FaultAction>> = {
  crash,
  'power-cut': powerCut,
  'power-cut-all': powerCutAll,
  'power-cut-midway': powerCutMidway,
  restart,
  'restart-storm': restartStorm,
  pause,
  'wall-jump': wallJump,
  isolate,
  split,
  'cut-one-way': cutOneWay,
  'cut-pair': cutPair,
  clog,
  reset,
  'slow-network': slowNetwork,
  duplicate,
  'slow-sync': slowSync,
  'stuck-sync': stuckSync,
  eio,
  'disk-full': diskFull,
  rot,
  wipe,
  'producer-crash': producerCrash,
  'create-topic': createTopic,
  'grow-topic': growTopic,
  'delete-topic': deleteTopic,
  'elect-leaders': electLeaders,
  reassign,
  operate,
  'delayed-index': delayedIndex,
  'change-voters': changeVoters,
  'old-disk': oldDisk,
  'directory-fails': directoryFails,
  'directory-missing': directoryMissing,
  'directory-given-up': directoryGivenUp,
};
