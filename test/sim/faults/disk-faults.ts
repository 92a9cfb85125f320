import type { DiskOperation } from '../../support/memory-disk.ts';
import type { FaultAction } from './fault.ts';
import { anyMachine } from './process-faults.ts';

const FAILING: readonly DiskOperation[] = [
  'write',
  'sync',
  'open',
  'rename',
  'truncate',
  'syncDir',
];

export const slowSync: FaultAction = (scene) => {
  const machine = anyMachine(scene);
  const before = machine.maxSyncMs;
  machine.maxSyncMs = 20 + scene.random.below(800);
  scene.world.clock.setTimer(scene.durationMs, () => {
    machine.maxSyncMs = before;
  });
  return true;
};

/** No sync comes back for a while; then all do. */
export const stuckSync: FaultAction = (scene) => {
  const machine = anyMachine(scene);
  machine.disk.holdSyncs();
  scene.world.clock.setTimer(scene.durationMs, () => machine.disk.releaseSyncs());
  return true;
};

/** One operation of the device fails; what a failed sync covered is gone from the cache. */
export const eio: FaultAction = (scene) => {
  const { random } = scene;
  const machine = anyMachine(scene);
  if (machine.state === 'off') return false;
  const op = FAILING[random.below(FAILING.length)] ?? 'sync';
  machine.excuseDiskFailure();
  machine.disk.failNext({ op, code: 'EIO', after: random.below(20) });
  return true;
};

export const diskFull: FaultAction = (scene) => {
  const machine = anyMachine(scene);
  const { disk } = machine;
  const before = disk.capacityBytes;
  machine.excuseDiskFailure();
  disk.capacityBytes = machine.usedBytes + scene.random.below(4096);
  scene.world.clock.setTimer(scene.durationMs, () => {
    disk.capacityBytes = Math.max(before, disk.capacityBytes);
  });
  return true;
};
