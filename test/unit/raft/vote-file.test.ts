import { describe, expect, it } from 'vitest';
import { VoteFile } from '../../../src/raft/vote-file.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const PATH = '/data/vote';
const SLOT_SPACING = 512;

const created = async (): Promise<MemoryDisk> => {
  const disk = new MemoryDisk({ directories: ['/data'] });
  await VoteFile.create(disk, PATH);
  return disk;
};

const write = async (disk: MemoryDisk, terms: readonly number[]): Promise<void> => {
  const { file } = VoteFile.open(disk, PATH);
  for (const term of terms) await file?.write({ term, votedFor: 1 });
  file?.close();
};

const read = (disk: MemoryDisk): unknown => {
  const { file, hardState } = VoteFile.open(disk, PATH);
  file?.close();
  return hardState;
};

describe('the vote file', () => {
  it('holds term 0 and no vote once it is created, power cut or not', async () => {
    const disk = await created();

    disk.crash();

    expect(read(disk)).toEqual({ term: 0, votedFor: undefined });
  });

  it('of a later release is refused with what to do, and stays as it is', async () => {
    const disk = await created();
    await write(disk, [1, 2]);
    const file = disk.open(PATH);
    for (const at of [0, SLOT_SPACING]) file.write([Buffer.from('OTV3 and whatever comes')], at);
    const before = Buffer.from(disk.peek(PATH)).toString('hex');

    const run = () => read(disk);

    expect(run).toThrow(
      '/data/vote is of format 3, this release knows 2: start the release that wrote it, ' +
        'or a later one; the file was left as it is',
    );
    expect(Buffer.from(disk.peek(PATH)).toString('hex')).toBe(before);
  });

  it('gives back the state written last, after a power cut', async () => {
    const disk = await created();
    await write(disk, [1, 2, 3]);

    disk.crash();

    expect(read(disk)).toEqual({ term: 3, votedFor: 1 });
  });

  it('keeps a term beyond 32 bits and a vote for nobody', async () => {
    const disk = await created();
    const { file } = VoteFile.open(disk, PATH);

    await file?.write({ term: 2 ** 40 + 1, votedFor: undefined });

    expect(read(disk)).toEqual({ term: 2 ** 40 + 1, votedFor: undefined });
  });

  it('says through all that follows that its directory took the place of a lost one', async () => {
    const disk = new MemoryDisk({ directories: ['/data'] });
    await VoteFile.create(disk, PATH, { isNewcomer: true });
    await write(disk, [1, 2, 3]);

    disk.crash();

    const { file, ...found } = VoteFile.open(disk, PATH);
    file?.close();
    expect(found).toMatchObject({ hardState: { term: 3, votedFor: 1 }, isNewcomer: true });
  });

  it('says in both slots that sets of voters were written beside it', async () => {
    const disk = await created();
    await write(disk, [1]);
    const { file } = VoteFile.open(disk, PATH);

    await file?.noteVoters();
    file?.close();

    // A release that knows the first format only finds no slot that it would go by.
    const magics = [0, 512].map((at) =>
      Buffer.from(disk.peek(PATH)).toString('latin1', at, at + 4),
    );
    expect(magics).toEqual(['OTV2', 'OTV2']);
    expect(VoteFile.open(disk, PATH)).toMatchObject({
      hardState: { term: 1, votedFor: 1 },
      hadVoters: true,
      isNewcomer: false,
    });
  });

  it('takes the later digit that one turned bit makes for damage, in the second format too', async () => {
    const disk = await created();
    const { file } = VoteFile.open(disk, PATH);
    await file?.noteVoters();
    file?.close();
    const digit = Buffer.from(disk.peek(PATH)).readUInt8(3);
    const turned = disk.open(PATH);
    turned.write([Buffer.from([digit ^ 1])], 3);
    turned.close();

    expect(read(disk)).toEqual({ term: 0, votedFor: undefined });
  });

  it('makes a vote durable again that a failed sync left in the page cache only', async () => {
    const disk = await created();
    await write(disk, [1]);
    disk.failNext({ op: 'sync', code: 'EIO' });
    await expect(write(disk, [2])).rejects.toThrow();
    disk.kill();

    const { file, hardState } = VoteFile.open(disk, PATH);
    await file?.renew();
    disk.crash();

    expect(read(disk)).toEqual(hardState);
  });

  it('writes over the slot that is damaged, so that the good one stays', async () => {
    const disk = await created();
    await write(disk, [1, 2]);
    disk.corrupt(PATH, SLOT_SPACING);

    await write(disk, [3]);
    disk.corrupt(PATH, SLOT_SPACING);

    expect(read(disk)).toEqual({ term: 1, votedFor: 1 });
  });

  it.each([
    ['magic', 0],
    ['sequence', 7],
    ['term', 8],
    ['vote', 19],
    ['padding', 20],
    ['sum', 28],
  ])('falls back to the state before where the %s of the newest slot rots', async (_, byte) => {
    const disk = await created();
    await write(disk, [1, 2]);

    disk.corrupt(PATH, SLOT_SPACING + byte);

    expect(read(disk)).toEqual({ term: 1, votedFor: 1 });
  });

  it('says nothing where both slots rot', async () => {
    const disk = await created();
    await write(disk, [1, 2]);

    disk.corrupt(PATH, 8);
    disk.corrupt(PATH, SLOT_SPACING + 8);

    expect(read(disk)).toBeUndefined();
  });

  it('says nothing where it was cut short', async () => {
    const disk = await created();
    await write(disk, [1, 2]);
    const file = disk.open(PATH);

    file.truncate(16);

    expect(read(disk)).toBeUndefined();
  });

  it.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'holds the old or the new state after a power cut within a write (seed %i)',
    async (seed) => {
      const disk = await created();
      await write(disk, [1]);
      const { file } = VoteFile.open(disk, PATH);
      disk.holdSyncs();

      void file?.write({ term: 2, votedFor: 3 }).catch(() => {});
      disk.crash(new SeededRandom(seed));

      expect([
        { term: 1, votedFor: 1 },
        { term: 2, votedFor: 3 },
      ]).toContainEqual(read(disk));
    },
  );

  it.each([0, 1, 2, 3, 4, 5])(
    'is missing or whole where the power fails at step %i of its creation',
    async (step) => {
      const disk = new MemoryDisk({ directories: ['/data'] });
      disk.cutPowerAt(step, new SeededRandom(step));
      await VoteFile.create(disk, PATH).catch(() => {});

      disk.powerOn();

      const { file, hardState } = VoteFile.open(disk, PATH);
      expect(file === undefined || hardState?.term === 0).toBe(true);
    },
  );
});
