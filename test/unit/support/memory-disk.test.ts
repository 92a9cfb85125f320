import { describe, expect, it } from 'vitest';
import type { DiskFile } from '../../../src/env/disk.ts';
import { replaceFile } from '../../../src/env/disk.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { mountedDisk } from '../../support/mounted-disk.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const contentOf = (disk: MemoryDisk, path: string): string => {
  const file = disk.open(path);
  const target = new Uint8Array(file.sizeBytes());
  file.read(target, 0);
  return new TextDecoder().decode(target);
};

const settledFile = (content: string): { disk: MemoryDisk; file: DiskFile } => {
  const disk = new MemoryDisk({ directories: ['/d'] });
  disk.open('/d/f', { create: true }).write([bytes(content)], 0);
  disk.settle();
  return { disk, file: disk.open('/d/f') };
};

describe('a power cut', () => {
  it('loses a write that no sync covered', () => {
    const { disk, file } = settledFile('old');
    file.write([bytes('new')], 0);

    disk.crash();

    expect(contentOf(disk, '/d/f')).toBe('old');
  });

  it('keeps a write that a sync covered', async () => {
    const { disk, file } = settledFile('old');
    file.write([bytes('new')], 0);
    await file.sync();

    disk.crash();

    expect(contentOf(disk, '/d/f')).toBe('new');
  });

  it('loses a write that came after the sync began', async () => {
    const { disk, file } = settledFile('');
    file.write([bytes('a')], 0);
    const synced = file.sync();
    file.write([bytes('b')], 1);
    await synced;

    disk.crash();

    expect(contentOf(disk, '/d/f')).toBe('a');
  });

  it('loses a synced file whose directory was not synced', async () => {
    const disk = new MemoryDisk({ directories: ['/d'] });
    const file = disk.open('/d/f', { create: true });
    file.write([bytes('x')], 0);
    await file.sync();

    disk.crash();

    expect(disk.exists('/d/f')).toBe(false);
  });

  it('brings back a removed file whose directory was not synced', () => {
    const { disk } = settledFile('old');
    disk.remove('/d/f');

    disk.crash();

    expect(contentOf(disk, '/d/f')).toBe('old');
  });

  it('undoes a cut that no sync covered', () => {
    const { disk, file } = settledFile('content');
    file.truncate(3);

    disk.crash();

    expect(contentOf(disk, '/d/f')).toBe('content');
  });

  it('leaves each sector at one of the states it passed through', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 200; seed += 1) {
      const { disk, file } = settledFile('.'.repeat(1024));
      file.write([bytes('a'.repeat(1024))], 0);
      file.write([bytes('b'.repeat(1024))], 0);
      disk.crash(new SeededRandom(seed));
      const content = contentOf(disk, '/d/f');
      for (const sector of [content.slice(0, 512), content.slice(512)]) {
        expect(new Set(sector).size).toBe(1);
      }
      seen.add(`${content[0]}${content[1023]}`);
    }

    expect([...seen].sort()).toEqual(['..', '.a', '.b', 'a.', 'aa', 'ab', 'b.', 'ba', 'bb']);
  });

  it('never keeps a later write to a sector without the earlier one', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const { disk, file } = settledFile('--');
      file.write([bytes('a')], 0);
      file.write([bytes('b')], 1);
      disk.crash(new SeededRandom(seed));

      expect(contentOf(disk, '/d/f')).not.toBe('-b');
    }
  });

  it('may show the new size without the new bytes', () => {
    const contents = new Set<string>();
    for (let seed = 0; seed < 100; seed += 1) {
      const { disk, file } = settledFile('');
      file.write([bytes('a')], 0);
      disk.crash(new SeededRandom(seed));
      contents.add(contentOf(disk, '/d/f'));
    }

    expect([...contents].sort()).toEqual(['', '\0', 'a']);
  });

  it('keeps the changes of a directory in order', () => {
    const states = new Set<string>();
    for (let seed = 0; seed < 100; seed += 1) {
      const disk = new MemoryDisk({ directories: ['/d'] });
      for (const name of ['a', 'b', 'c']) disk.open(`/d/${name}`, { create: true });
      disk.crash(new SeededRandom(seed));
      states.add(
        disk
          .list('/d')
          .map((entry) => entry.name)
          .join(''),
      );
    }

    expect([...states].sort()).toEqual(['', 'a', 'ab', 'abc']);
  });

  it('never shows a mixture after replaceFile', async () => {
    for (let cut = 0; cut < 8; cut += 1) {
      const { disk } = settledFile('old');
      disk.cutPowerAt(cut, new SeededRandom(cut));
      const isReplaced = await replaceFile(disk, '/d/f', bytes('fresh')).then(
        () => true,
        () => false,
      );
      disk.powerOn();
      disk.crash(new SeededRandom(cut + 1));

      expect(isReplaced ? ['fresh'] : ['old', 'fresh']).toContain(contentOf(disk, '/d/f'));
    }
  });

  it('makes open handles and mounted views useless', () => {
    const { disk, file } = settledFile('x');
    const mounted = mountedDisk(disk);

    disk.crash();

    expect(() => file.write([bytes('y')], 0)).toThrow('closed');
    expect(() => mounted.open('/d/f')).toThrow('closed');
  });

  it('moves a file as one step between two directories', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const { disk } = settledFile('x');
      disk.mkdir('/e');
      disk.settle();
      disk.rename('/d/f', '/e/f');
      disk.crash(new SeededRandom(seed));

      expect(disk.exists('/d/f')).not.toBe(disk.exists('/e/f'));
    }
  });
});

describe('a killed process', () => {
  it('leaves accepted writes in the page cache and frees the lock', () => {
    const { disk, file } = settledFile('old');
    file.write([bytes('new')], 0);
    disk.lock('/d');

    disk.kill();

    expect(contentOf(disk, '/d/f')).toBe('new');
    expect(() => disk.lock('/d')).not.toThrow();
  });
});

describe('a failed sync', () => {
  it('drops what it covered even if a later sync succeeds', async () => {
    const { disk, file } = settledFile('.'.repeat(1024));
    file.write([bytes('a')], 0);
    disk.failNext({ op: 'sync', code: 'EIO' });
    await expect(file.sync()).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
    file.write([bytes('b')], 600);
    await file.sync();

    disk.crash();

    expect(contentOf(disk, '/d/f')).toBe(`${'.'.repeat(600)}b${'.'.repeat(423)}`);
  });
});

describe('a write after a failed sync', () => {
  it('takes the whole sector it touches to the device', async () => {
    const { disk, file } = settledFile('....');
    file.write([bytes('a')], 0);
    disk.failNext({ op: 'sync', code: 'EIO' });
    await file.sync().catch(() => {});
    file.write([bytes('b')], 1);
    await file.sync();

    disk.crash();

    expect(contentOf(disk, '/d/f')).toBe('ab..');
  });
});

describe('planned faults', () => {
  it('refuses a write beyond the capacity and stores the part that fits', () => {
    const disk = new MemoryDisk({ capacityBytes: 4, directories: ['/d'] });
    const file = disk.open('/d/f', { create: true });

    expect(() => file.write([bytes('abc'), bytes('def')], 0)).toThrow(
      expect.objectContaining({ code: 'DISK_FULL' }),
    );
    expect(contentOf(disk, '/d/f')).toBe('abcd');
    expect(disk.freeBytes('/d')).toBe(0);
  });

  it('gives back the bytes of a removed file', () => {
    const disk = new MemoryDisk({ capacityBytes: 4, directories: ['/d'] });
    disk.open('/d/f', { create: true }).write([bytes('abcd')], 0);

    disk.remove('/d');

    expect(disk.freeBytes('/')).toBe(4);
  });

  it('fails only the operation and path named, after the count to skip', () => {
    const { disk, file } = settledFile('');
    disk.failNext({ op: 'write', pathIncludes: 'f', code: 'EIO', after: 1, keepBytes: 2 });
    file.write([bytes('ok')], 0);

    expect(() => file.write([bytes('torn')], 2)).toThrow(
      expect.objectContaining({ code: 'STORAGE_ERROR' }),
    );
    expect(contentOf(disk, '/d/f')).toBe('okto');
    expect(() => file.write([bytes('fine')], 2)).not.toThrow();
  });

  it('shows rot in one byte', () => {
    const { disk } = settledFile('abc');

    disk.corrupt('/d/f', 1, 0x01);

    expect(contentOf(disk, '/d/f')).toBe('acc');
  });

  it('holds a sync open until it is released', async () => {
    const { disk, file } = settledFile('');
    disk.holdSyncs();
    let isDone = false;
    const synced = file.sync().then(() => {
      isDone = true;
    });
    await Promise.resolve();
    expect(isDone).toBe(false);

    disk.releaseSyncs();
    await synced;

    expect(isDone).toBe(true);
  });
});

describe('a device that has failed', () => {
  it('fails whatever is done with it, and nothing else, until it is mended', async () => {
    const { disk, file } = settledFile('old');
    disk.mkdir('/e');
    disk.failDevice('/d');

    expect(() => disk.list('/d')).toThrow(expect.objectContaining({ code: 'STORAGE_ERROR' }));
    expect(() => file.read(new Uint8Array(3), 0)).toThrow('EIO');
    expect(disk.exists('/d/f')).toBe(false);
    await expect(disk.syncDir('/d')).rejects.toThrow('EIO');
    expect(disk.list('/e')).toEqual([]);
    disk.mendDevice('/d');

    expect(contentOf(disk, '/d/f')).toBe('old');
  });

  it('has lost what a sync was to cover', async () => {
    const { disk, file } = settledFile('.'.repeat(1024));
    file.write([bytes('a')], 0);
    disk.failDevice('/d');
    await file.sync().catch(() => {});
    disk.mendDevice('/d');
    await file.sync();

    disk.crash();

    expect(contentOf(disk, '/d/f')).toBe('.'.repeat(1024));
  });
});

describe('a device that is pulled out', () => {
  it('is back with what was synced, whatever was made in its place', () => {
    const { disk, file } = settledFile('old');
    file.write([bytes('new')], 0);
    const device = disk.takeOut('/d');
    const wasThere = disk.exists('/d');
    disk.mkdir('/d');
    disk.open('/d/other', { create: true }).close();

    disk.putIn('/d', device);
    disk.crash();

    expect(wasThere).toBe(false);
    expect(disk.list('/d').map(({ name }) => name)).toEqual(['f']);
    expect(contentOf(disk, '/d/f')).toBe('old');
  });

  it('takes its bytes with it', () => {
    const disk = new MemoryDisk({ capacityBytes: 4, directories: ['/d'] });
    disk.open('/d/f', { create: true }).write([bytes('abcd')], 0);
    disk.settle();

    const device = disk.takeOut('/d');
    const freeBytes = disk.freeBytes('/');
    disk.putIn('/d', device);

    expect([freeBytes, disk.freeBytes('/')]).toEqual([4, 0]);
  });
});
