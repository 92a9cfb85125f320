import { must } from '../../../src/base/assert.ts';
import type { NodeId } from '../../../src/base/ids.ts';
import type { QuorumChange } from '../../../src/client/admin/quorum-admin.ts';
import { sleep } from '../../../src/env/clock.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { controllersOf } from '../world/cluster-config.ts';
import type { World } from '../world.ts';
import { attempt } from './admin-faults.ts';
import type { FaultAction } from './fault.ts';

const TIMEOUT_MS = 20_000;

/** Operators take controllers in and out, or replace the voter that one was. */
export const changeVoters: FaultAction = (scene) => {
  const { world, random, durationMs } = scene;
  const { quorum } = world.client('admin').sdk.admin();
  const options = { timeoutMs: TIMEOUT_MS };
  const ids = controllersOf(world.shape);
  const nodeId = must(ids[random.below(ids.length)], 'there is a controller');
  const kind = (['add', 'remove', 'replace', 'replace'] as const)[random.below(4)];
  const work = async (): Promise<void> => {
    if (kind !== 'add') {
      noteTakenIn(world, nodeId, await quorum.removeController(nodeId, options));
      await sleep(world.clock, durationMs);
    }
    if (kind !== 'remove') noteTakenIn(world, nodeId, await quorum.addController(nodeId, options));
  };
  attempt(scene, `${kind}-controller`, work());
  return true;
};

/** More than an election timeout: no leader counts on the one that is gone any more. */
const SILENCE_MS = 2000;

/**
 * The disk of a controller is taken out for a new one, or for one that was there before: it is back
 * with all that it has promised, and perhaps no voter any more, or not yet. One under the number of
 * a voter that the set does not name counts as lost, as long as it is in.
 */
export const oldDisk: FaultAction = ({ world, random }) => {
  const { atlas, shape } = world;
  const ids = controllersOf(shape).filter((nodeId) => !shape.brokers.includes(nodeId));
  const nodeId = ids[random.below(Math.max(1, ids.length))];
  if (nodeId === undefined) return false;
  if (world.machine(nodeId).state === 'off' || !atlas.mayForget(nodeId)) return false;
  world.powerCut([nodeId]);
  exchangeDisk(world, random, nodeId).catch((error: unknown) =>
    world.observer.violate('simulator', `another disk for machine ${nodeId}: ${error}`),
  );
  return true;
};

const exchangeDisk = async (world: World, random: SeededRandom, nodeId: NodeId): Promise<void> => {
  const { atlas, observer, clock } = world;
  const machine = world.machine(nodeId);
  await sleep(clock, SILENCE_MS);
  if (machine.state === 'off' && !machine.hasRaftRot && atlas.mayForget(nodeId)) {
    atlas.noteForgetful(nodeId);
    const kept = world.keptDisks.get(nodeId) ?? [];
    const [returning] = kept.splice(random.below(kept.length + 1), 1);
    world.keptDisks.set(nodeId, [...kept, machine.keepDisk()]);
    if (returning === undefined) await machine.wipe({ isNewcomer: true });
    else await machine.putDiskIn(returning);
    const { directoryId } = machine;
    if (directoryId !== undefined) atlas.noteNewDirectory(nodeId, directoryId);
    observer.mark(returning === undefined ? 'disk.exchanged' : 'disk.returned');
  }
  world.start(nodeId);
};

const noteTakenIn = ({ atlas }: World, nodeId: NodeId, { voters }: QuorumChange): void => {
  const voter = voters.find((each) => each.nodeId === nodeId);
  if (voter !== undefined) atlas.noteTakenIn(nodeId, voter.directoryId);
};
