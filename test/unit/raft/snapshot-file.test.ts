import { describe, expect, it } from 'vitest';
import { SnapshotFiles } from '../../../src/raft/snapshot-file.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';

const ID = { index: 7, term: 2 };
const PATH = '/data/7-2.snapshot';
const DATA = Buffer.from('all of the state');

const stored = async (data = DATA): Promise<{ disk: MemoryDisk; files: SnapshotFiles }> => {
  const disk = new MemoryDisk({ directories: ['/data'] });
  const files = new SnapshotFiles(disk, '/data');
  await files.write({ ...ID, data });
  return { disk, files };
};

const names = (disk: MemoryDisk): string[] => disk.list('/data').map(({ name }) => name);

describe('snapshot files', () => {
  it('give back a snapshot after a power cut', async () => {
    const { disk, files } = await stored();

    disk.crash();

    expect(Buffer.from(files.read(ID).data)).toEqual(DATA);
  });

  it('hold a snapshot without a byte', async () => {
    const { files } = await stored(Buffer.alloc(0));

    const { data } = files.read(ID);

    expect(data).toHaveLength(0);
  });

  it.each([
    ['first byte of the data', 0],
    ['last byte of the data', DATA.length - 1],
    ['sum', DATA.length + 2],
  ])('refuse a snapshot where the %s rots', async (_, byte) => {
    const { disk, files } = await stored();

    disk.corrupt(PATH, byte);

    expect(() => files.read(ID)).toThrow('7-2.snapshot is damaged');
  });

  it('refuse a snapshot that was cut short', async () => {
    const { disk, files } = await stored();

    disk.open(PATH).truncate(3);

    expect(() => files.read(ID)).toThrow('is damaged');
  });

  it('name the snapshot that is missing', async () => {
    const { files } = await stored();

    const read = () => files.read({ index: 8, term: 2 });

    expect(read).toThrow('8-2.snapshot is missing');
  });

  it('remove every other snapshot and what a crash left of one, and nothing else', async () => {
    const { disk, files } = await stored();
    await files.write({ index: 5, term: 1, data: DATA });
    for (const name of ['9-2.snapshot.tmp', 'vote']) disk.open(`/data/${name}`, { create: true });

    files.removeOthers(ID);

    expect(names(disk)).toEqual(['7-2.snapshot', 'vote']);
  });
});
