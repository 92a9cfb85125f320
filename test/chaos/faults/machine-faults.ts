import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../../src/index.ts';
import { FakeClock } from '../cluster/fake-clock.ts';
import { anyOf, between, COLD_START_MS, FAILOVER_MS, namesOf } from './choose.ts';
import type { Fault, FaultContext } from './fault.ts';
import { untilInSync } from './in-sync.ts';

const HOUR_SECONDS = 3_600;
const JUMPS = 3;
const STAYS_MS = 2_500;

/** The wall clock of one node jumps by up to a day, to and fro; its monotonic clock goes on. */
const jumpClock: Fault = async ({ cluster, random, admin, onFailure }) => {
  const node = anyOf(random, cluster.nodes);
  const stopped = async (): Promise<void> => {
    if (!(await cluster.stop(node))) onFailure(`node ${node.nodeId} did not end on SIGTERM`);
  };
  await stopped();
  const clock = new FakeClock(node.directory);
  node.clock = clock;
  const jumps: number[] = [];
  try {
    await cluster.start([node]);
    for (let jump = 0; jump < JUMPS; jump += 1) {
      const hours = between(random, -24, 24);
      jumps.push(hours);
      clock.jumpTo(hours * HOUR_SECONDS);
      await sleep(STAYS_MS);
    }
    await untilInSync(admin);
    await stopped();
  } finally {
    node.clock = undefined;
  }
  await cluster.start([node]);
  const detail = `node ${node.nodeId} to ${jumps.join(', ')} hours from now`;
  // A leader whose clock is behind refuses what comes from its future, through all jumps at worst.
  return { detail, boundMs: JUMPS * STAYS_MS + FAILOVER_MS };
};

const FULL_MIN_MS = 1_000;
const FULL_MAX_MS = 6_000;

/** A broker's disk is full for a while. One that ended over it is started again, as by systemd. */
const fillDisk: Fault = async ({ cluster, random }) => {
  const node = cluster.nodes.find(({ hasOwnDisk }) => hasOwnDisk);
  if (node === undefined) throw new Error('no node has a disk of its own');
  const fullMs = between(random, FULL_MIN_MS, FULL_MAX_MS);
  node.fillDisk();
  try {
    await sleep(fullMs);
  } finally {
    node.freeDisk();
  }
  // A node that gives up says so first, for a second.
  const hasEnded = await node.waitEnded(GIVING_UP_MS);
  if (hasEnded) await cluster.start([node]);
  const detail = `${namesOf([node])} for ${fullMs} ms${hasEnded ? ', which ended' : ''}`;
  return { detail, boundMs: fullMs + GIVING_UP_MS + COLD_START_MS };
};

const GIVING_UP_MS = 1_500;
const FAILED_MIN_MS = 500;
const FAILED_MAX_MS = 4_000;

/**
 * A disk of one broker takes no writes any more: its replicas go, and all others stay. The broker is
 * started again without it, sometimes, and then with it; nobody does anything else.
 */
const failDirectory: Fault = async ({ cluster, random, onFailure }) => {
  const node = anyOf(
    random,
    cluster.brokers.filter(({ disks }) => disks.length > 0),
  );
  const disk = anyOf(random, node.disks);
  const failedMs = between(random, FAILED_MIN_MS, FAILED_MAX_MS);
  const awayMs = random.below(2) === 0 ? 0 : between(random, FAILED_MIN_MS, FAILED_MAX_MS);
  const end = async (): Promise<void> => {
    if (node.state.kind !== 'alive') onFailure(`node ${node.nodeId} ended with one of its disks`);
    if (random.below(2) === 0) await cluster.kill([node]);
    else await cluster.stop(node);
  };
  disk.fail();
  await sleep(failedMs);
  await end();
  disk.pullOut();
  if (awayMs > 0) {
    await cluster.start([node]);
    await sleep(awayMs);
    await end();
  }
  await disk.putIn();
  await cluster.start([node]);
  const without = awayMs > 0 ? `, started without it for ${awayMs} ms` : '';
  const detail = `${namesOf([node])}, ${disk.directory} for ${failedMs} ms${without}`;
  return { detail, boundMs: FAILOVER_MS };
};

const ADDED_TOPIC = 'added';

/** One more broker joins, and takes its part of a new topic; once there, it is killed instead. */
const addBroker: Fault = async (context) => {
  const { cluster, random } = context;
  const known = cluster.added;
  if (known !== undefined) {
    await cluster.kill([known]);
    await sleep(between(random, 0, STAYS_MS));
    await cluster.start([known]);
    return { detail: `node ${known.nodeId}, added before, killed`, boundMs: FAILOVER_MS };
  }
  const node = await cluster.addBroker();
  const used = await useBroker(context, node.nodeId);
  return { detail: `node ${node.nodeId}, replica of ${used} partitions`, boundMs: FAILOVER_MS };
};

/** Puts a topic on all brokers, and a record into each partition of it. */
const useBroker = async (
  { cluster, admin, onFailure }: FaultContext,
  nodeId: number,
): Promise<number> => {
  const partitions = cluster.brokers.length;
  await admin.createTopic({ name: ADDED_TOPIC, partitions, replicationFactor: 3 });
  await using client = connect({ bootstrap: cluster.bootstrap });
  const producer = client.producer({ acks: 'all' });
  for (let partition = 0; partition < partitions; partition += 1) {
    await producer.send({ topic: ADDED_TOPIC, partition, value: `${partition}` });
  }
  const described = await admin.describeTopic(ADDED_TOPIC);
  const used = described.partitions.filter(({ isr }) => isr.includes(nodeId)).length;
  if (used === 0) onFailure(`node ${nodeId} was added, and is in sync for no partition`);
  await admin.deleteTopic(ADDED_TOPIC);
  return used;
};

export const CLOCK_FAULT = 'jump-clock';
export const DISK_FAULT = 'full-disk';
export const DIRECTORY_FAULT = 'fail-directory';

export const MACHINE_FAULTS: Readonly<Record<string, Fault>> = {
  [CLOCK_FAULT]: jumpClock,
  [DISK_FAULT]: fillDisk,
  [DIRECTORY_FAULT]: failDirectory,
  'add-broker': addBroker,
};
