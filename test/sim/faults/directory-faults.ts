import type { NodeId } from '../../../src/base/ids.ts';
import { sleep } from '../../../src/env/clock.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { Machine } from '../world/machine.ts';
import type { World } from '../world.ts';
import type { FaultAction, FaultScene } from './fault.ts';
import { anyMachine } from './process-faults.ts';

const LOOK_MS = 100;
const PATIENCE_MS = 8000;

/**
 * The device of one log directory fails under a process, or between two, and works again later. A
 * process must go on without, unless it is the one with the metadata, or the last one.
 */
export const directoryFails: FaultAction = (scene) => {
  const { world, random, durationMs } = scene;
  const machine = severalOn(scene);
  if (machine === undefined || machine.isWiping) return false;
  const { devices } = machine;
  const paths = random.chance(1, 8) ? devices.all : devices.inReach;
  const path = paths[random.below(Math.max(1, paths.length))];
  if (path === undefined) return false;
  machine.failDevice(path);
  world.observer.mark('directory.failed');
  world.trace.add(world.nowMs, machine.name, `${path} fails`);
  world.clock.setTimer(durationMs, () => devices.mend(path));
  return true;
};

/** A machine goes down, and is back without one of its log directories, which comes later. */
export const directoryMissing: FaultAction = (scene) => {
  const { world, random, durationMs } = scene;
  const machine = severalOn(scene);
  if (machine === undefined || machine.isWiping || machine.state === 'off') return false;
  const { nodeId, devices } = machine;
  const { inReach } = devices;
  const path = inReach[random.below(Math.max(1, inReach.length))];
  const isOther = (one: string): boolean => one !== path && devices.isInReach(one);
  if (path === undefined || !devices.logDirs.some(isOther)) return false;
  if (random.chance(1, 2)) world.crash(nodeId);
  else world.powerCut([nodeId]);
  machine.disk.powerOn();
  devices.takeOut(path, random.fork('kept'), random.chance(1, 2));
  world.observer.mark('directory.missing');
  world.trace.add(world.nowMs, machine.name, `${path} is pulled`);
  world.clock.setTimer(1 + random.below(2000), () => world.start(nodeId));
  world.clock.setTimer(durationMs, () => devices.putIn(path));
  return true;
};

/**
 * A log directory is given up with all that is in it: it goes out of `log.dirs`, or an empty one is
 * formatted in its place. Once the cluster has put the machine out of every set, where good copies
 * are left of all that was in it.
 */
export const directoryGivenUp: FaultAction = (scene) => {
  const { world, random } = scene;
  const machine = severalOn(scene);
  if (machine === undefined || machine.isWiping || machine.state === 'off') return false;
  const { nodeId } = machine;
  world.powerCut([nodeId]);
  giveUp(world, random, nodeId).catch((error: unknown) =>
    world.observer.violate('simulator', `machine ${nodeId} gives a directory up: ${error}`),
  );
  return true;
};

const giveUp = async (world: World, random: SeededRandom, nodeId: NodeId): Promise<void> => {
  const { atlas, observer, clock } = world;
  const machine = world.machine(nodeId);
  const { devices } = machine;
  const paths = devices.logDirs.filter((path) => path !== devices.metadataDir);
  const path = paths[random.below(Math.max(1, paths.length))] ?? '';
  const isReplaced = devices.logDirs.length === 1 || random.chance(1, 2);
  const mayGo = (): boolean =>
    atlas.isOutOfSync(observer.truth, nodeId) &&
    devices.placesIn(path).every((at) => atlas.mayDamage(observer.truth, nodeId, at));
  const endMs = world.nowMs + PATIENCE_MS;
  while (!mayGo() && world.nowMs < endMs && machine.state === 'off') await sleep(clock, LOOK_MS);
  if (path !== '' && mayGo() && machine.state === 'off' && !machine.isWiping) {
    for (const at of devices.placesIn(path)) atlas.noteLost(nodeId, at);
    await machine.giveUp(path, isReplaced);
    observer.mark(isReplaced ? 'directory.replaced' : 'directory.given-up');
    world.trace.add(world.nowMs, machine.name, `${path} is given up`);
  }
  world.start(nodeId);
};

/** A machine that has several; undefined where none has. */
const severalOn = (scene: FaultScene): Machine | undefined => {
  const drawn = anyMachine(scene);
  if (drawn.devices.hasSeveral) return drawn;
  const machines = scene.world.machines.filter(({ devices }) => devices.hasSeveral);
  return machines[scene.random.below(Math.max(1, machines.length))];
};
