import { must } from '../../../src/base/assert.ts';
import type { NodeId } from '../../../src/base/ids.ts';
import type { QuorumChange } from '../../../src/client/admin/quorum-admin.ts';
import { sleep } from '../../../src/env/clock.ts';
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

const noteTakenIn = ({ atlas }: World, nodeId: NodeId, { voters }: QuorumChange): void => {
  const voter = voters.find((each) => each.nodeId === nodeId);
  if (voter !== undefined) atlas.noteTakenIn(nodeId, voter.directoryId);
};
