import type { Invariant } from './invariant.ts';
import { storedRaft } from './stored-raft.ts';

/** Where a metadata log does not begin at its first entry, the snapshot of what was before is there. */
export const snapshotAtStart = (): Invariant => ({
  name: 'snapshot-at-start',
  source: 'replication.md 5.20: a snapshot exists at the start of the log',
  onInterval: (view) => {
    for (const machine of view.machines) {
      if (view.isForgetful(machine.nodeId) || !machine.disk.isPowered) continue;
      if (!machine.devices.isInReach(machine.devices.metadataDir)) continue;
      const { base } = storedRaft(machine);
      if (base.index === 0 && base.snapshot === undefined) continue;
      const { index = -1, term = -1 } = base.snapshot ?? {};
      const isThere = machine.disk.exists(`/data/raft/${index}-${term}.snapshot`);
      if (isThere && index >= base.index) continue;
      const what = `begins behind ${base.index}, its snapshot is ${index}-${term}`;
      view.violate('snapshot-at-start', `the log of ${machine.name} ${what}, there: ${isThere}`);
    }
  },
});
