import { afterEach, describe, expect, it } from 'vitest';
import { must } from '../../../src/base/assert.ts';
import { decodeHeader } from '../../../src/log/journal/file-header.ts';
import { framesIn } from '../../../src/log/journal/files.ts';
import type { Frame } from '../../../src/log/journal/frame.ts';
import { BLOCK_BYTES } from '../../../src/log/journal/frame.ts';
import { nameOf } from '../world/machine.ts';
import type { World } from '../world.ts';
import { APART, endOn, replicasOf, worldWithTopic } from './scenario.ts';

/** Every round goes by a journal of two files of fifteen frames. */
const JOURNAL = [
  'log.journal.enable=true',
  'log.journal.bytes=131072',
  'log.journal.min.partitions=1',
];

const STALE_COUNT = 40;

let world: World;

/** Frames of the life that is on, by file, needed or not. */
const framesOn = (nodeId: number): Frame[][] => {
  const { disk } = world.machine(nodeId);
  return [0, 1].map((fileNumber) => {
    const bytes = disk.peek(`/data/journal/${fileNumber}`);
    const { nonce } = must(
      decodeHeader(bytes.subarray(0, BLOCK_BYTES), 'journal'),
      'the header is sound',
    );
    return framesIn(bytes, { fileNumber, nonce });
  });
};

const hasCut = (nodeId: number): boolean =>
  framesOn(nodeId).some((frames) =>
    frames.some(({ records }) => records.some(({ kind }) => kind === 'cut')),
  );

/** Whether the last frame of the first file is the one of the batch that was cut. */
const hasStale = (nodeId: number): boolean => {
  const [record] = framesOn(nodeId)[0]?.at(-1)?.records ?? [];
  return record?.kind === 'append' && record.endOffset - record.firstOffset === STALE_COUNT;
};

/** A record, and time for a checkpoint that lists its log: the next ones go by the journal. */
const warmUp = async (): Promise<void> => {
  await world.outcome(world.produce('t', 0, 'warm'), 'a record');
  await world.advance(1500);
};

afterEach(() => world.close());

describe('a broker with a journal', () => {
  it('brings nothing back that was cut, when power goes right behind the cut', async () => {
    world = await worldWithTopic(APART, { config: JOURNAL });
    const [first, second, third] = replicasOf(world);
    await world.settle();
    await warmUp();

    // `b` is on the third one alone, and durable there.
    world.cutOneWay(first, second);
    void world.produce('t', 0, 'b').catch(() => undefined);
    await world.until(() => endOn(world, third) === 2, 1000, 1);
    await world.advance(100);
    world.cutOneWay(first, third);
    world.network.clog(nameOf(second), nameOf(third), 300);
    world.crash(first);
    await world.until(() => endOn(world, third) === 1, 30_000, 1);
    await world.advance(100);
    world.crash(second);
    world.powerCut([third], 'what was synced');
    await world.until(() => endOn(world, third) === undefined, 1000, 1);
    world.start(third);
    await world.until(() => endOn(world, third) !== undefined, 30_000, 1);
    const endAfterStart = endOn(world, third);
    for (const nodeId of [first, second]) world.start(nodeId);
    world.heal();
    await world.settle();

    expect(endAfterStart).toBe(1);
  });

  it('has what it acknowledged when power goes in that moment, however slow its disk is', async () => {
    world = await worldWithTopic(APART, { config: JOURNAL });
    await world.settle();
    await warmUp();
    const disks = [1, 2, 3].map((nodeId) => world.machine(nodeId).disk);
    const journalled = disks.map(() => 0);
    for (const [index, disk] of disks.entries()) {
      const trace = disk.onOperation;
      disk.onOperation = (op, path) => {
        if (op === 'write' && path.startsWith('/data/journal/')) journalled[index] = 1;
        trace?.(op, path);
      };
      disk.holdSyncs();
    }

    let offset: number | undefined;
    void world.produce('t', 0, 'b').then((at) => {
      offset = at;
    });
    const isEarly = await world.until(() => offset !== undefined, 1000, 1);
    if (!isEarly) for (const disk of disks) disk.releaseSyncs();
    await world.until(() => offset !== undefined, 10_000, 1);
    world.powerCut([1, 2, 3], 'what was synced');
    for (const disk of disks) disk.releaseSyncs();
    for (const nodeId of [1, 2, 3]) world.start(nodeId);
    await world.settle();

    expect(journalled).toEqual([1, 1, 1]);
    expect(offset).toBe(1);
    expect(replicasOf(world).map((nodeId) => endOn(world, nodeId))).toEqual([2, 2, 2]);
  });

  it('has what it acknowledged before a log was listed, though power goes and the journal too', async () => {
    world = await worldWithTopic(APART, { config: JOURNAL });
    await world.settle();

    // The first one is never for the journal: it makes names.
    for (const value of ['a', 'b']) await world.outcome(world.produce('t', 0, value), value);
    world.powerCut([1, 2, 3], 'what was synced');
    for (const nodeId of [1, 2, 3]) {
      const { disk } = world.machine(nodeId);
      for (const file of [0, 1]) disk.corrupt(`/data/journal/${file}`, 8);
      world.start(nodeId);
    }
    await world.settle();

    expect(replicasOf(world).map((nodeId) => endOn(world, nodeId))).toEqual([2, 2, 2]);
  });

  it('gives nothing back of what was cut, when the frame that tells so is written over', async () => {
    world = await worldWithTopic(APART, { config: JOURNAL });
    const [first, second, third] = replicasOf(world);
    const write = (value: string): Promise<number> =>
      world.outcome(world.produce('t', 0, value), 'a record');
    while ((framesOn(third)[0]?.length ?? 0) < 12) await write('a');

    // A batch on the third one alone: the last frame of its first file. The cut is in the second.
    world.cutOneWay(first, second);
    const end = must(endOn(world, third), 'the third one serves');
    const producer = world.client('many').sdk.producer({ lingerMs: 20 });
    for (let index = 0; index < STALE_COUNT; index += 1) {
      void producer.send({ topic: 't', partition: 0, value: 'stale' }).catch(() => undefined);
    }
    await world.until(() => endOn(world, third) === end + STALE_COUNT, 1000, 1);
    await world.advance(100);
    world.cutOneWay(first, third);
    world.client('many').kill();
    world.crash(first);
    await world.until(() => hasCut(third), 30_000, 1);
    world.start(first);
    world.heal();
    await world.settle();
    await warmUp();
    // Both files fill once more; two blocks find no room where the batch stands.
    for (let index = 0; index < 60 && hasCut(third); index += 1) {
      const isBehind = (framesOn(third)[0]?.[11]?.sequence ?? 0) > 14;
      await write(isBehind ? 'x'.repeat(5000) : 'b');
    }
    const stands = [hasStale(third), hasCut(third)];
    await world.advance(100);
    const endBefore = endOn(world, third);
    for (const nodeId of [first, second]) world.crash(nodeId);
    world.powerCut([third], 'what was synced');
    await world.until(() => endOn(world, third) === undefined, 1000, 1);
    world.start(third);
    await world.until(() => endOn(world, third) !== undefined, 30_000, 1);

    expect(stands).toEqual([true, false]);
    expect(endOn(world, third)).toBe(endBefore);
    // What is left between frames that were written over passes for no damage either.
    expect(world.machine(third).disk.exists('/data/journal.quarantined-0')).toBe(false);
  });

  it('has all it acknowledged, however often the journal was turned over', async () => {
    world = await worldWithTopic(APART, { config: JOURNAL });
    const count = 70;
    for (let at = 0; at < count; at += 1) {
      await world.outcome(world.produce('t', 0, `${at}`), `record ${at}`);
    }

    world.powerCut([1, 2, 3], 'what was synced');
    for (const nodeId of [1, 2, 3]) world.start(nodeId);
    await world.settle();

    expect(replicasOf(world).map((nodeId) => endOn(world, nodeId))).toEqual([count, count, count]);
  });
});
