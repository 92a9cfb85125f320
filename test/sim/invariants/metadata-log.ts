import type { Invariant, LiveNode } from './invariant.ts';

/** The committed entries of the metadata log, as the disks hold them, are the same everywhere. */
export const metadataLog = (): Invariant => {
  const entries = new Map<number, { readonly nodeId: number; readonly value: Uint8Array }>();
  const checkedTo = new Map<number, number>();
  return {
    name: 'metadata-log',
    source: 'replication.md 5.3, 5.4; Raft, figure 3: log matching, state machine safety',
    onStarted: (_, { machine }) => {
      checkedTo.delete(machine.nodeId);
    },
    onInterval: (view) => {
      for (const live of view.live) {
        const { nodeId, hasRaftRot } = live.machine;
        if (hasRaftRot) continue;
        const { commitIndex, persistedIndex } = live.node.parts.raft.status();
        const endIndex = Math.min(commitIndex, persistedIndex);
        for (const [index, value] of storedEntries(live)) {
          if (index > endIndex || index <= (checkedTo.get(nodeId) ?? 0)) continue;
          const known = entries.get(index);
          if (known === undefined) entries.set(index, { nodeId, value });
          else if (Buffer.compare(known.value, value) !== 0) {
            const text = `entry ${index} of node ${known.nodeId} is not that of node ${nodeId}`;
            view.violate('metadata-log', text);
          }
        }
        checkedTo.set(nodeId, endIndex);
      }
    },
  };
};

const ENTRY = 0x65;

/** Before each entry: a sum that depends on where the node's log begins. */
const SUM_BYTES = 4;

/** The entries that the machine's store shows, by index. */
const storedEntries = ({ machine }: LiveNode): Array<[number, Uint8Array]> =>
  machine.stores
    .peek('/data/raft/log')
    .filter(([key]) => key[0] === ENTRY)
    .map(([key, value]) => [
      Number(Buffer.from(key).readBigUInt64BE(1)),
      value.subarray(SUM_BYTES),
    ]);
