import type { NodeId } from '../../../src/base/ids.ts';
import { sleep } from '../../../src/env/clock.ts';
import type { CheckpointEntry } from '../../../src/log/checkpoint.ts';
import { decodeCheckpoint } from '../../../src/log/checkpoint.ts';
import { parsePartitionName } from '../../../src/log/file-names.ts';
import { BLOCK_BYTES } from '../../../src/log/journal/frame.ts';
import { nextOffsetOf, readBatchHeader, splitBatches } from '../../../src/record/batch-header.ts';
import { splitPath } from '../world/log-devices.ts';
import type { Machine } from '../world/machine.ts';
import type { FaultAction, FaultScene } from './fault.ts';
import { anyMachine } from './process-faults.ts';

/** What a file at rest is, by its path in a log directory, and what its loss costs. */
const KINDS: ReadonlyArray<readonly [name: string, pattern: RegExp]> = [
  ['segment', /^\/[^/.]+\/\d+\.log$/],
  ['index', /^\/[^/.]+\/\d+\.index$/],
  ['time-index', /^\/[^/.]+\/\d+\.timeindex$/],
  ['producers', /^\/[^/.]+\/\d+\.producers$/],
  ['leader-epochs', /^\/[^/.]+\/leader-epochs$/],
  ['compacted', /^\/[^/.]+\/compacted$/],
  ['identity', /^\/[^/.]+\/partition\.json$/],
  ['checkpoint', /^\/checkpoint$/],
  ['clean-shutdown', /^\/clean-shutdown$/],
  ['journal', /^\/journal\/\d$/],
  ['meta', /^\/meta\.json$/],
  ['note', /^\/log-directories$/],
  ['vote', /^\/raft\/vote$/],
  ['snapshot', /^\/raft\/.*\.snapshot$/],
];

/** Copies of these are on the other replicas; all else a node makes again by itself. */
const REPLICATED: ReadonlySet<string> = new Set(['segment', 'leader-epochs', 'identity']);
/** What these hold is one voter's own memory. */
const OF_QUORUM: ReadonlySet<string> = new Set(['vote', 'snapshot']);

/** A byte of a file at rest turns, under a process or between two. */
export const rot: FaultAction = (scene) => {
  const { random, world } = scene;
  const machine = anyMachine(scene);
  const isDone = random.chance(1, 6) ? rotStore(scene, machine) : rotFile(scene, machine);
  // Most damage is met at a start only.
  if (isDone && random.chance(2, 3)) {
    if (random.chance(1, 2)) world.crash(machine.nodeId);
    else world.powerCut([machine.nodeId]);
    world.clock.setTimer(scene.durationMs, () => world.start(machine.nodeId));
  }
  return isDone;
};

const rotFile = ({ world, random }: FaultScene, machine: Machine): boolean => {
  if (!machine.disk.isPowered) return false;
  const found = machine.devices.all.flatMap((directory) => machine.disk.files(directory));
  const files = found.flatMap(({ path, sizeBytes }) => {
    const { rest } = splitPath(path);
    const kind = KINDS.find(([, pattern]) => pattern.test(rest))?.[0];
    return kind === undefined || sizeBytes === 0 ? [] : [{ path, sizeBytes, kind }];
  });
  // First the kind: there are many more segments than votes.
  const kinds = [...new Set(files.map(({ kind }) => kind))].sort();
  const kind = kinds[random.below(Math.max(1, kinds.length))];
  const ofKind = files.filter((file) => file.kind === kind);
  const file = ofKind[random.below(Math.max(1, ofKind.length))];
  const restingBytes = file === undefined ? 0 : restingBytesOf(world, machine, file);
  if (file === undefined || restingBytes === 0) return false;
  const byte = { position: random.below(restingBytes), xor: 1 << random.below(8) };
  return damage({ world, machine }, { ...file, ...byte });
};

interface File {
  readonly path: string;
  readonly sizeBytes: number;
  readonly kind: string;
}

/**
 * How many of a file's first bytes are at rest. Of a segment: what the checkpoint says to be
 * durable. A log cannot tell damage behind that mark, at most a second old, from a write that the
 * power cut short; so this, together with a power cut of the whole in-sync set, is not survived.
 */
const restingBytesOf = (
  world: FaultScene['world'],
  { disk, nodeId }: Machine,
  { path, sizeBytes, kind }: File,
): number => {
  const { directory } = splitPath(path);
  const place = { disk, nodeId, directory };
  if (kind === 'journal') return isJournalAtRest(world, place) ? sizeBytes : 0;
  if (kind !== 'segment') return sizeBytes;
  const marks = marksIn(place);
  const at = parsePartitionName(path.split('/')[2] ?? '');
  const mark = marks?.find(
    ({ topicId, partition }) => topicId === at?.topicId && partition === at?.partition,
  );
  if (at === undefined || world.atlas.isDamaged(nodeId, at)) return 0;
  const bytes = disk.peek(path);
  let restingBytes = 0;
  for (const { position, sizeBytes: batchBytes } of splitBatches(bytes)) {
    if (nextOffsetOf(readBatchHeader(bytes, position)) > (mark?.settledOffset ?? 0)) break;
    restingBytes = position + batchBytes;
  }
  return restingBytes;
};

/** Behind the checkpoint's marks, damage of the last frame cannot be told from a torn one either. */
const isJournalAtRest = (
  world: FaultScene['world'],
  { disk, nodeId, directory }: DirectoryPlace,
): boolean => {
  const live = world.observer.live.find(({ machine }) => machine.nodeId === nodeId);
  const marks = marksIn({ disk, nodeId, directory });
  const logs = live?.node.parts.logs;
  if (logs === undefined || marks === undefined) return false;
  const those = logs.list().filter((log) => logs.directoryOf(log) === directory);
  return those.every((log) =>
    marks.some(
      ({ topicId, partition, flushedOffset }) =>
        topicId === log.topicId &&
        partition === log.partition &&
        flushedOffset >= log.flushedOffset,
    ),
  );
};

interface DirectoryPlace extends Pick<Machine, 'disk' | 'nodeId'> {
  readonly directory: string;
}

/** Of the logs in a directory, what its checkpoint says; undefined where there is none. */
const marksIn = ({ disk, directory }: DirectoryPlace): CheckpointEntry[] | undefined => {
  const path = `${directory}/checkpoint`;
  return disk.exists(path) ? decodeCheckpoint(disk.peek(path), path) : undefined;
};

interface Place {
  readonly world: FaultScene['world'];
  readonly machine: Machine;
}

interface Byte {
  readonly path: string;
  readonly kind: string;
  readonly position: number;
  readonly xor: number;
}

/** A byte in each of one to three blocks side by side: several frames may go at once. */
const inStretch = (
  { disk }: Machine,
  { path, position }: Pick<Byte, 'path' | 'position'>,
): number[] => {
  const blockCount = 1 + (Math.floor(position / BLOCK_BYTES) % 3);
  const sizeBytes = disk.peek(path).length;
  return Array.from({ length: blockCount }, (_, block) => position + block * BLOCK_BYTES).filter(
    (at) => at < sizeBytes,
  );
};

const damage = ({ world, machine }: Place, { path, kind, position, xor }: Byte): boolean => {
  const { atlas, observer } = world;
  const { nodeId } = machine;
  const turn = (): (() => void) => {
    const positions = kind === 'journal' ? inStretch(machine, { path, position }) : [position];
    const lifts = positions.map((at) => machine.disk.corrupt(path, at, xor));
    return () => {
      for (const lift of lifts) lift();
    };
  };
  if (OF_QUORUM.has(kind)) {
    if (!atlas.mayForget(nodeId)) return false;
    atlas.noteForgetful(nodeId);
    machine.noteRaftRot();
    turn();
  } else if (REPLICATED.has(kind)) {
    const at = parsePartitionName(path.split('/')[2] ?? '');
    if (at === undefined || !atlas.mayDamage(observer.truth, nodeId, at)) return false;
    atlas.noteDamage(nodeId, at, turn());
  } else if (kind === 'checkpoint' || kind === 'journal') {
    // Without its marks a log cannot tell damage of its last segment from a torn write; and what a
    // damaged journal held may be of any log.
    if (atlas.hasDamage(nodeId) || !atlas.mayLoseAll(observer.truth, nodeId)) return false;
    atlas.noteMarksLost(nodeId, turn());
  } else if (kind === 'meta' || kind === 'note') {
    const isFurther = splitPath(path).directory !== machine.devices.metadataDir;
    if (isFurther) machine.noteFurtherRot(turn());
    else machine.noteMetaRot(turn());
  } else turn();
  observer.mark(`rot.${kind}`);
  world.trace.add(world.nowMs, machine.name, `rot of ${path} at ${position}`);
  return true;
};

/** LevelDB skips what it cannot read of its own log in silence, and checks no values by itself. */
const rotStore = ({ world, random }: FaultScene, machine: Machine): boolean => {
  const { atlas, observer } = world;
  const path = '/data/raft/log';
  const count = machine.stores.peek(path).length;
  if (count === 0 || !atlas.mayForget(machine.nodeId)) return false;
  atlas.noteForgetful(machine.nodeId);
  machine.noteRaftRot();
  const how = random.chance(1, 2) ? 'gone' : 'changed';
  machine.stores.corrupt(path, random.below(count), how);
  observer.mark(`rot.raft-log-${how}`);
  world.trace.add(world.nowMs, machine.name, `rot of ${path}, ${how}`);
  return true;
};

/** The index of what waits is gone, or lacks an entry, when its broker is back. */
export const delayedIndex: FaultAction = ({ world, random, durationMs }) => {
  const path = '/data/delayed';
  const machines = world.machines.filter(({ stores }) => stores.peek(path).length > 0);
  const machine = machines[random.below(Math.max(1, machines.length))];
  if (machine === undefined) return false;
  world.crash(machine.nodeId);
  const how = random.chance(1, 3) ? 'gone' : 'lacks an entry';
  if (how === 'gone') machine.stores.wipe(path);
  else machine.stores.corrupt(path, random.below(machine.stores.peek(path).length), 'gone');
  world.observer.mark(`delayed.index-${how === 'gone' ? how : 'lacks'}`);
  world.clock.setTimer(durationMs, () => world.start(machine.nodeId));
  return true;
};

const LOOK_MS = 100;
const PATIENCE_MS = 8000;
/** More than an election timeout. */
const SILENCE_MS = 2000;

/**
 * A machine goes down for good, and is started again under its id with an empty disk, once the
 * cluster has put it out of every in-sync set: where it were the last one in a set, which the
 * controller shrinks to those it believes alive, the only trusted copy would go. A voter comes back
 * without its vote: it cannot know what it has promised.
 */
export const wipe: FaultAction = (scene) => {
  const { world } = scene;
  const { nodeId, state } = anyMachine(scene);
  if (state === 'off' || !world.atlas.mayForget(nodeId)) return false;
  world.powerCut([nodeId]);
  replaceDisk(scene, nodeId).catch((error: unknown) =>
    world.observer.violate('simulator', `wiping machine ${nodeId}: ${error}`),
  );
  return true;
};

const replaceDisk = async ({ world }: FaultScene, nodeId: NodeId): Promise<void> => {
  const { atlas, observer, clock } = world;
  const machine = world.machine(nodeId);
  const endMs = world.nowMs + PATIENCE_MS;
  const mayGo = (): boolean =>
    atlas.isOutOfSync(observer.truth, nodeId) && atlas.mayLoseAll(observer.truth, nodeId);
  // A leader that heard it a moment ago may make its vote the one that a smaller set needs.
  if (world.shape.spares !== undefined) await sleep(clock, SILENCE_MS);
  while (!mayGo() && world.nowMs < endMs && machine.state === 'off') await sleep(clock, LOOK_MS);
  if (mayGo() && machine.state === 'off' && atlas.mayForget(nodeId)) {
    atlas.noteForgetful(nodeId);
    atlas.noteAllLost(observer.truth, nodeId);
    await machine.wipe({ isNewcomer: world.shape.spares !== undefined });
    const { directoryId } = machine;
    if (directoryId !== undefined) atlas.noteNewDirectory(nodeId, directoryId);
    observer.mark('wiped');
  }
  world.start(nodeId);
};
