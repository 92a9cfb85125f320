import { NONE } from '../../../src/base/ids.ts';
import type { Machine } from '../world/machine.ts';
import type { FaultAction, FaultScene } from './fault.ts';

const HOUR_MS = 3_600_000;

/**
 * The machine that a fault hits: one that leads, more often than not, because most that can go
 * wrong goes wrong around it. It may have no process, and then nothing comes of it.
 */
export const anyMachine = (scene: FaultScene): Machine => {
  const { world, random } = scene;
  const at = random.below(world.machines.length);
  const drawn = world.machine(world.machines[at]?.nodeId ?? 1);
  const leaders = random.chance(2, 3) ? partitionLeaders(scene) : quorumLeaders(scene);
  const leader = leaders[random.below(Math.max(1, leaders.length))];
  return random.chance(2, 5) || leader === undefined ? drawn : world.machine(leader);
};

const partitionLeaders = ({ world }: FaultScene): number[] =>
  [...world.observer.truth.topics.values()]
    .flatMap(({ partitions }) => partitions.map(({ leader }) => leader))
    .filter((leader) => leader !== NONE);

const quorumLeaders = ({ world }: FaultScene): number[] =>
  world.observer.live
    .filter(({ node }) => node.parts.raft.status().role === 'leader')
    .map(({ machine }) => machine.nodeId);

const later = ({ world }: FaultScene, byMs: number, act: () => void): void => {
  world.clock.setTimer(byMs, act);
};

export const crash: FaultAction = (scene) => {
  const { nodeId, state } = anyMachine(scene);
  if (state === 'off') return false;
  scene.world.crash(nodeId);
  later(scene, scene.durationMs, () => scene.world.start(nodeId));
  return true;
};

export const powerCut: FaultAction = (scene) => {
  const { nodeId } = anyMachine(scene);
  scene.world.powerCut([nodeId]);
  later(scene, scene.durationMs, () => scene.world.start(nodeId));
  return true;
};

/** The whole room goes dark, and machines come back one by one. */
export const powerCutAll: FaultAction = (scene) => {
  const { world, random, durationMs } = scene;
  const nodeIds = world.machines.map(({ nodeId }) => nodeId);
  world.powerCut(nodeIds);
  for (const nodeId of nodeIds) {
    later(scene, 1 + random.below(Math.max(1, durationMs)), () => world.start(nodeId));
  }
  return true;
};

/** Power goes between two changes of the disk, in the middle of whatever was going on. */
export const powerCutMidway: FaultAction = (scene) => {
  const { world, random, durationMs } = scene;
  const machine = anyMachine(scene);
  if (machine.state === 'off') return false;
  machine.cutPowerAt(random.below(30), random.fork('kept'));
  later(scene, durationMs, () => world.start(machine.nodeId));
  return true;
};

export const restart: FaultAction = (scene) => {
  const machine = anyMachine(scene);
  if (machine.state !== 'running') return false;
  scene.world.stop(machine.nodeId);
  later(scene, scene.durationMs, () => scene.world.start(machine.nodeId));
  return true;
};

/** One machine goes down and comes back again and again. */
export const restartStorm: FaultAction = (scene) => {
  const { world, random } = scene;
  const { nodeId } = anyMachine(scene);
  let atMs = 0;
  for (let round = 0; round < 5; round += 1) {
    later(scene, atMs, () =>
      random.chance(1, 2) ? world.crash(nodeId) : world.powerCut([nodeId]),
    );
    later(scene, atMs + 1 + random.below(300), () => world.start(nodeId));
    atMs += 300 + random.below(1500);
  }
  return true;
};

export const pause: FaultAction = (scene) => {
  const { nodeId, state } = anyMachine(scene);
  if (state === 'off') return false;
  scene.world.pause(nodeId, scene.durationMs);
  return true;
};

export const wallJump: FaultAction = (scene) => {
  const machine = anyMachine(scene);
  machine.clock.wallOffsetMs += scene.random.below(2 * HOUR_MS) - HOUR_MS;
  return true;
};

export const producerCrash: FaultAction = ({ workload }) => {
  workload.crashProducer();
  return true;
};
