import { OttlaError } from '../../../src/base/errors.ts';
import type { GroupCore } from '../../../src/broker/groups/group-core.ts';
import type { GroupShard } from '../../../src/broker/groups/group-shard.ts';
import { decodeGroupRecord } from '../../../src/broker/groups/stored-records.ts';
import type { GroupRecord } from '../../../src/broker/groups/types.ts';
import { OFFSETS_TOPIC } from '../../../src/metadata/internal-topics.ts';
import { nextOffsetOf, splitBatches } from '../../../src/record/batch-header.ts';
import { decodeBatch } from '../../../src/record/batch-reader.ts';
import type { ClusterView, GroupCommitted, Invariant, Replica } from './invariant.ts';

const READ_BYTES = 1 << 20;

/** What the committed log tells of one group. */
class StoredGroup {
  generation = 0;
  /** By topic and partition. */
  readonly offsets = new Map<string, number>();
  /** All that was ever committed, as `topic/partition offset`. */
  readonly history = new Set<string>();
}

/** What one partition of `__consumer_offsets` has committed, as far as it was read. */
interface StoredGroups {
  endOffset: number;
  /** There is more, on a damaged disk. */
  isBehind: boolean;
  readonly groups: Map<string, StoredGroup>;
}

/**
 * The log of groups and those who coordinate by it. Who serves leads, in the epoch it has read the
 * log for, and is the only one; what it has read is what was committed, all of it; what it tells a
 * member is committed; and the generation of a group goes nowhere but up.
 */
export const groupLog = (): Invariant => {
  const stored = new Map<string, StoredGroups>();
  const loaded = new WeakSet<GroupShard>();
  const serving = new Map<string, number>();

  const storedOf = (key: string): StoredGroups => {
    const known = stored.get(key);
    if (known !== undefined) return known;
    const fresh = { endOffset: 0, isBehind: false, groups: new Map<string, StoredGroup>() };
    stored.set(key, fresh);
    return fresh;
  };

  return {
    name: 'group-log',
    source: 'replication.md 5.15: what a group has committed never goes back',
    onEvent: (view) => {
      if (!view.truth.topicIdsByName.has(OFFSETS_TOPIC)) return;
      for (const replica of view.replicas) {
        const { partition } = replica;
        if (partition.topicName !== OFFSETS_TOPIC) continue;
        learn(view, replica, storedOf(partition.key));
      }
      for (const { machine, node } of view.live) {
        for (const shard of node.parts.groups?.shards ?? []) {
          if (shard.code !== 'NONE') continue;
          const { partition, leaderEpoch } = shard;
          const { key } = partition;
          const place = `${key} ${leaderEpoch}`;
          const who = `${machine.name} serves ${partition.describe()} of epoch ${leaderEpoch}`;
          const other = serving.get(place) ?? machine.nodeId;
          serving.set(place, other);
          if (other !== machine.nodeId)
            view.violate('coordinator-leads', `${who}, as ${other} does`);
          checkLeads(view, shard, who);
          if (loaded.has(shard)) continue;
          loaded.add(shard);
          view.mark('group.loaded');
          checkLoaded(view, { shard, who }, storedOf(key));
        }
      }
    },
    onInterval: (view) => {
      for (const { node } of view.live) {
        for (const shard of node.parts.groups?.shards ?? []) {
          if (shard.code === 'NONE') checkShown(view, shard, storedOf(shard.partition.key));
        }
      }
    },
    onCommitted: (view, committed) => {
      const { groupId } = committed;
      const name = nameOf(committed);
      const mayBeStored = [...stored.values()].some(
        ({ groups, isBehind }) => isBehind || groups.get(groupId)?.history.has(name) === true,
      );
      if (mayBeStored) return;
      view.violate('commit-is-stored', `${groupId} was told of ${name}, which is not committed`);
    },
  };
};

const checkLeads = (view: ClusterView, shard: GroupShard, who: string): void => {
  const { partition, leaderEpoch } = shard;
  const { isLeader, core } = partition;
  if (isLeader && core.leaderEpoch === leaderEpoch) return;
  const now = isLeader ? `leads ${core.leaderEpoch}` : 'follows';
  view.violate('coordinator-leads', `${who}: it ${now}`);
};

const placeOf = ({ topic, partition }: Pick<GroupCommitted, 'topic' | 'partition'>): string =>
  `${topic}/${partition}`;

const nameOf = (committed: GroupCommitted): string =>
  `${placeOf(committed)} ${committed.nextOffset}`;

/** Reads on, up to the high watermark of whichever replica. */
const learn = (view: ClusterView, { partition }: Replica, known: StoredGroups): void => {
  const { log, highWatermark: endOffset } = partition;
  if (endOffset <= known.endOffset) return;
  known.isBehind = true;
  try {
    while (known.endOffset < endOffset) {
      const fetchOffset = Math.max(known.endOffset, log.logStartOffset);
      const request = { fetchOffset, endOffset, maxBytes: READ_BYTES, atLeastOne: true };
      const { parts, nextOffset } = log.read(request);
      for (const part of parts) {
        for (const { position, sizeBytes } of splitBatches(part)) {
          takeBatch(view, part.subarray(position, position + sizeBytes), known);
        }
      }
      if (nextOffset <= known.endOffset && parts.length === 0) return;
      known.endOffset = Math.max(known.endOffset, nextOffset);
    }
    known.isBehind = false;
  } catch (error) {
    // It is being cut, was closed, or its disk failed: whoever leads next is read.
    if (!(error instanceof OttlaError)) throw error;
  }
};

const takeBatch = (view: ClusterView, batch: Uint8Array, known: StoredGroups): void => {
  const { header, records } = decodeBatch(batch);
  if (header.baseOffset < known.endOffset) return;
  for (const { key, value } of records) {
    const decoded = key === null ? undefined : decodeGroupRecord({ key, value });
    if (decoded === undefined) continue;
    const group = known.groups.get(decoded.groupId) ?? new StoredGroup();
    known.groups.set(decoded.groupId, group);
    take(view, decoded.record, { group, groupId: decoded.groupId });
  }
  known.endOffset = nextOffsetOf(header);
};

const take = (
  view: ClusterView,
  record: GroupRecord,
  { group, groupId }: { readonly group: StoredGroup; readonly groupId: string },
): void => {
  if (record.kind === 'group') {
    const generation = record.value?.generation ?? 0;
    if (record.value !== undefined && generation < group.generation) {
      const what = `${groupId} is stored at ${generation} after ${group.generation}`;
      view.violate('generation-forward', what);
    }
    group.generation = generation;
    return;
  }
  const { topic, partition, value } = record;
  const place = placeOf(record);
  if (value === undefined) group.offsets.delete(place);
  else {
    group.offsets.set(place, value.offset);
    group.history.add(nameOf({ groupId, topic, partition, nextOffset: value.offset }));
  }
};

const offsetsIn = (core: GroupCore): Map<string, number> =>
  new Map([...core.allCommitted()].map((at) => [placeOf(at), at.value.offset]));

const describe = (generation: number, offsets: ReadonlyMap<string, number>): string =>
  `generation ${generation} with ${[...offsets]
    .map((at) => at.join(' at '))
    .sort()
    .join(', ')}`;

/** Nothing has come since it read the log. */
const checkLoaded = (
  view: ClusterView,
  { shard, who }: { readonly shard: GroupShard; readonly who: string },
  { groups, endOffset }: StoredGroups,
): void => {
  if (endOffset < shard.partition.highWatermark) return;
  for (const [groupId, { generation, offsets }] of groups) {
    const core = shard.groups.get(groupId)?.core;
    const wanted = describe(generation, offsets);
    const found = describe(core?.generation ?? 0, core === undefined ? new Map() : offsetsIn(core));
    if (found === wanted) continue;
    view.violate('reload-is-whole', `${who}, ${groupId} at ${found}; the log has ${wanted}`);
  }
};

/** It may be behind the log: of what timed out it has not heard. */
const checkShown = (view: ClusterView, shard: GroupShard, known: StoredGroups): void => {
  const { groups, isBehind } = known;
  if (isBehind) return;
  for (const { core } of shard.groups.values()) {
    for (const { topic, partition, value } of core.allCommitted()) {
      const { groupId } = core;
      const name = nameOf({ groupId, topic, partition, nextOffset: value.offset });
      if (groups.get(groupId)?.history.has(name) === true) continue;
      view.violate('commit-is-stored', `${groupId} shows ${name}, which is not committed`);
    }
  }
};
