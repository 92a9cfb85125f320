import { nameOf } from '../world/machine.ts';
import type { FaultAction, FaultScene } from './fault.ts';
import { anyMachine } from './process-faults.ts';

/** Every node of the network, clients too. */
const allNames = ({ world }: FaultScene): string[] => [
  ...world.machines.map(({ name }) => name),
  ...world.clients.keys(),
];

const pick = (scene: FaultScene, names: readonly string[]): string =>
  names[scene.random.below(names.length)] ?? nameOf(1);

/** Heals what this fault has cut, and not what others have. */
const healLater = (scene: FaultScene, pairs: ReadonlyArray<readonly [string, string]>): void => {
  const { world, durationMs } = scene;
  world.clock.setTimer(durationMs, () => {
    for (const [a, b] of pairs) world.network.heal(a, b);
  });
};

export const isolate: FaultAction = (scene) => {
  const { name } = anyMachine(scene);
  const others = allNames(scene).filter((other) => other !== name);
  for (const other of others) scene.world.network.cut(name, other);
  healLater(
    scene,
    others.map((other) => [name, other]),
  );
  return true;
};

/** Two sides that do not see each other; each client is on one of them. */
export const split: FaultAction = (scene) => {
  const { random, world } = scene;
  const left: string[] = [];
  const right: string[] = [];
  for (const name of allNames(scene)) (random.chance(1, 2) ? left : right).push(name);
  const pairs = left.flatMap((a) => right.map((b) => [a, b] as const));
  for (const [a, b] of pairs) world.network.cut(a, b);
  healLater(scene, pairs);
  return pairs.length > 0;
};

/** A machine that hears and is not heard, or the other way, by some or by all. */
export const cutOneWay: FaultAction = (scene) => {
  const { random, world } = scene;
  const { name } = anyMachine(scene);
  const others = allNames(scene).filter((other) => other !== name && random.chance(2, 3));
  const isDeaf = random.chance(1, 2);
  for (const other of others) {
    if (isDeaf) world.network.cutOneWay(other, name);
    else world.network.cutOneWay(name, other);
  }
  healLater(
    scene,
    others.map((other) => [name, other]),
  );
  return others.length > 0;
};

/** Two machines do not see each other; everybody else sees both. */
export const cutPair: FaultAction = (scene) => {
  const { name } = anyMachine(scene);
  const other = pick(scene, allNames(scene));
  if (other === name) return false;
  scene.world.network.cut(name, other);
  healLater(scene, [[name, other]]);
  return true;
};

/** One direction takes seconds; all it carries arrives. */
export const clog: FaultAction = (scene) => {
  const { world, random, durationMs } = scene;
  const { name } = anyMachine(scene);
  const other = pick(scene, allNames(scene));
  world.network.clog(name, other, 100 + random.below(5000));
  world.clock.setTimer(durationMs, () => world.network.clog(name, other, 0));
  return other !== name;
};

/** Connections break and can be made again at once: what was on its way is lost. */
export const reset: FaultAction = (scene) => {
  const { world, random, durationMs } = scene;
  const rounds = 1 + random.below(8);
  for (let round = 0; round < rounds; round += 1) {
    const a = anyMachine(scene).name;
    const b = pick(scene, allNames(scene));
    world.clock.setTimer(random.below(Math.max(1, durationMs)), () => world.network.reset(a, b));
  }
  return true;
};

export const slowNetwork: FaultAction = ({ world, random, durationMs }) => {
  const { network } = world;
  const { maxLatencyMs } = network;
  network.maxLatencyMs = Math.max(maxLatencyMs, 20 + random.below(250));
  world.clock.setTimer(durationMs, () => {
    network.maxLatencyMs = maxLatencyMs;
  });
  return true;
};

/** Requests between nodes, and of clients that change nothing or may be asked twice. */
const REPEATED =
  /ControllerService|DeleteTopics|ReplicaService.Ping|InitProducerId|Metadata|ListOffsets/;
const NEVER = /BrokerSession/;
/** The one stream whose messages may come in any order, and twice. */
const RAFT = /RaftService.Exchange$/;

/**
 * Messages come twice, the second time late. A gRPC stream does not do that: so of streams only the
 * quorum's are meant, because Raft's rules allow it. Calls stand for those that someone in between,
 * or a client whose answer was lost, repeats.
 */
export const duplicate: FaultAction = ({ world, random, durationMs }) => {
  const { network } = world;
  network.repeatAfterMs = (path) => {
    if (NEVER.test(path) || !(RAFT.test(path) || REPEATED.test(path))) return undefined;
    if (!random.chance(1, 4)) return undefined;
    world.observer.mark('message.repeated');
    return random.below(random.chance(1, 4) ? 3000 : 100);
  };
  world.clock.setTimer(durationMs, () => {
    network.repeatAfterMs = () => undefined;
  });
  return true;
};
