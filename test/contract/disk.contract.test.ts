import { describe, expect, it } from 'vitest';
import type { Disk } from '../../src/env/disk.ts';
import { readWholeFile, replaceFile } from '../../src/env/disk.ts';
import { FileDisk } from '../../src/platform/file-disk.ts';
import { PowerDisk } from '../chaos/power/power-disk.ts';
import { MemoryDisk } from '../support/memory-disk.ts';
import { mountedDisk } from '../support/mounted-disk.ts';
import { tempDirs } from '../support/temp-dir.ts';

interface Subject {
  readonly disk: Disk;
  /** An empty directory. */
  readonly root: string;
}

const makeTempDir = tempDirs();

const subjects: Readonly<Record<string, () => Subject>> = {
  'the file system': () => ({ disk: new FileDisk(), root: makeTempDir() }),
  'the disk in memory': () => ({
    disk: new MemoryDisk({ directories: ['/root'] }),
    root: '/root',
  }),
  'a mounted disk in memory': () => ({
    disk: mountedDisk(new MemoryDisk({ directories: ['/root'] })),
    root: '/root',
  }),
  'the disk of power cuts': () => ({
    disk: new PowerDisk({ device: makeTempDir(), directories: ['/root'], syncMs: 0 }),
    root: '/root',
  }),
};

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const textOf = (disk: Disk, path: string): string | undefined => {
  const content = readWholeFile(disk, path);
  return content === undefined ? undefined : new TextDecoder().decode(content);
};

describe.each(Object.entries(subjects))('files on %s', (_name, makeSubject) => {
  it('writes parts one after the other from the position', () => {
    const { disk, root } = makeSubject();
    const file = disk.open(`${root}/f`, { create: true });

    file.write([bytes('abc'), bytes(''), bytes('def')], 0);
    file.write([bytes('X')], 2);

    expect(textOf(disk, `${root}/f`)).toBe('abXdef');
    file.close();
  });

  it('writes more parts than one system call takes', () => {
    const { disk, root } = makeSubject();
    const file = disk.open(`${root}/f`, { create: true });
    const parts = Array.from({ length: 3000 }, (_, index) => bytes(String(index % 10)));

    file.write(parts, 0);

    expect(textOf(disk, `${root}/f`)).toBe('0123456789'.repeat(300));
    file.close();
  });

  it('leaves the parts of a write to the caller', () => {
    const { disk, root } = makeSubject();
    const file = disk.open(`${root}/f`, { create: true });
    const part = bytes('abc');

    file.write([part], 0);
    part.fill(0);

    expect(textOf(disk, `${root}/f`)).toBe('abc');
    file.close();
  });

  it('reads zeros from a hole', () => {
    const { disk, root } = makeSubject();
    const file = disk.open(`${root}/f`, { create: true });

    file.write([bytes('x')], 4);

    expect(textOf(disk, `${root}/f`)).toBe('\0\0\0\0x');
    file.close();
  });

  it('reads fewer bytes only at the end', async () => {
    const { disk, root } = makeSubject();
    const file = disk.open(`${root}/f`, { create: true });
    file.write([bytes('abcdef')], 0);
    const target = new Uint8Array(4);

    const counts = [file.read(target, 0), file.read(target, 4), file.read(target, 9)];
    const coldCounts = [
      await file.readCold(target, 0),
      await file.readCold(target, 4),
      await file.readCold(target, 9),
    ];

    expect(counts).toEqual([4, 2, 0]);
    expect(coldCounts).toEqual([4, 2, 0]);
    file.close();
  });

  it('reads the same bytes cold', async () => {
    const { disk, root } = makeSubject();
    const file = disk.open(`${root}/f`, { create: true });
    file.write([bytes('abcdef')], 0);
    const target = new Uint8Array(3);

    await file.readCold(target, 2);

    expect(new TextDecoder().decode(target)).toBe('cde');
    file.close();
  });

  it('cuts and extends with zeros', () => {
    const { disk, root } = makeSubject();
    const file = disk.open(`${root}/f`, { create: true });
    file.write([bytes('abcdef')], 0);

    file.truncate(2);
    file.truncate(4);

    expect(textOf(disk, `${root}/f`)).toBe('ab\0\0');
    expect(file.sizeBytes()).toBe(4);
    file.close();
  });

  it('syncs a file that is closed right after', async () => {
    const { disk, root } = makeSubject();
    const file = disk.open(`${root}/f`, { create: true });
    file.write([bytes('abc')], 0);

    const synced = file.sync();
    file.close();

    await expect(synced).resolves.toBeUndefined();
  });

  it('refuses every use after close with CLOSED, and takes a second close', async () => {
    const { disk, root } = makeSubject();
    const file = disk.open(`${root}/f`, { create: true });
    file.close();
    file.close();
    const closed = expect.objectContaining({ code: 'CLOSED' });

    expect(() => file.write([bytes('x')], 0)).toThrow(closed);
    expect(() => file.read(new Uint8Array(1), 0)).toThrow(closed);
    expect(() => file.truncate(0)).toThrow(closed);
    expect(() => file.sizeBytes()).toThrow(closed);
    await expect(file.sync()).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(file.readCold(new Uint8Array(1), 0)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('opens a missing file only to create it, and names the path', () => {
    const { disk, root } = makeSubject();

    expect(() => disk.open(`${root}/none`)).toThrow(`${root}/none`);
    expect(() => disk.open(`${root}/none`)).toThrow(
      expect.objectContaining({ code: 'STORAGE_ERROR' }),
    );
  });

  it('keeps the content of a file that is opened to be created', () => {
    const { disk, root } = makeSubject();
    disk.open(`${root}/f`, { create: true }).write([bytes('abc')], 0);

    disk.open(`${root}/f`, { create: true }).close();

    expect(textOf(disk, `${root}/f`)).toBe('abc');
  });

  it('lets an open file outlive its name', () => {
    const { disk, root } = makeSubject();
    const file = disk.open(`${root}/f`, { create: true });
    file.write([bytes('abc')], 0);

    disk.remove(`${root}/f`);

    expect(file.read(new Uint8Array(3), 0)).toBe(3);
    expect(disk.exists(`${root}/f`)).toBe(false);
    file.close();
  });
});

describe.each(Object.entries(subjects))('directories on %s', (_name, makeSubject) => {
  it('lists names by code point and tells directories from files', () => {
    const { disk, root } = makeSubject();
    for (const name of ['b', 'a', 'Z']) disk.open(`${root}/${name}`, { create: true }).close();
    disk.mkdir(`${root}/d`);

    expect(disk.list(root)).toEqual([
      { name: 'Z', isDirectory: false },
      { name: 'a', isDirectory: false },
      { name: 'b', isDirectory: false },
      { name: 'd', isDirectory: true },
    ]);
  });

  it('lists nothing in a missing directory', () => {
    const { disk, root } = makeSubject();

    expect(disk.list(`${root}/none`)).toEqual([]);
  });

  it('makes parents, and takes a directory that is there', () => {
    const { disk, root } = makeSubject();

    disk.mkdir(`${root}/a/b/c`);
    disk.mkdir(`${root}/a/b/c`);

    expect(disk.exists(`${root}/a/b/c`)).toBe(true);
  });

  it('replaces a file by a rename', () => {
    const { disk, root } = makeSubject();
    disk.open(`${root}/old`, { create: true }).write([bytes('old')], 0);
    disk.open(`${root}/new`, { create: true }).write([bytes('new')], 0);

    disk.rename(`${root}/new`, `${root}/old`);

    expect(textOf(disk, `${root}/old`)).toBe('new');
    expect(disk.exists(`${root}/new`)).toBe(false);
  });

  it('replaces a file by a rename that does not hold the event loop', async () => {
    const { disk, root } = makeSubject();
    disk.open(`${root}/old`, { create: true }).write([bytes('old')], 0);
    disk.open(`${root}/new`, { create: true }).write([bytes('new')], 0);

    await disk.renameCold(`${root}/new`, `${root}/old`);

    expect(textOf(disk, `${root}/old`)).toBe('new');
    expect(disk.exists(`${root}/new`)).toBe(false);
    await expect(disk.renameCold(`${root}/none`, `${root}/x`)).rejects.toMatchObject({
      code: 'STORAGE_ERROR',
    });
  });

  it('renames a directory with what is in it', () => {
    const { disk, root } = makeSubject();
    disk.mkdir(`${root}/a`);
    disk.open(`${root}/a/f`, { create: true }).write([bytes('x')], 0);

    disk.rename(`${root}/a`, `${root}/b`);

    expect(textOf(disk, `${root}/b/f`)).toBe('x');
  });

  it('refuses to rename what is not there', () => {
    const { disk, root } = makeSubject();

    expect(() => disk.rename(`${root}/none`, `${root}/x`)).toThrow(
      expect.objectContaining({ code: 'STORAGE_ERROR' }),
    );
  });

  it('removes a directory with all in it, and nothing without an error', () => {
    const { disk, root } = makeSubject();
    disk.mkdir(`${root}/a/b`);
    disk.open(`${root}/a/b/f`, { create: true }).close();

    disk.remove(`${root}/a`);
    disk.remove(`${root}/a`);

    expect(disk.exists(`${root}/a`)).toBe(false);
  });

  it('syncs a directory, and rejects for a missing one', async () => {
    const { disk, root } = makeSubject();

    await expect(disk.syncDir(root)).resolves.toBeUndefined();
    await expect(disk.syncDir(`${root}/none`)).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
  });

  it('replaces a small file as a whole', async () => {
    const { disk, root } = makeSubject();
    await replaceFile(disk, `${root}/f`, bytes('a longer first content'));

    await replaceFile(disk, `${root}/f`, bytes('second'));

    expect(textOf(disk, `${root}/f`)).toBe('second');
    expect(disk.list(root).map((entry) => entry.name)).toEqual(['f']);
  });

  it('knows how many bytes are free', () => {
    const { disk, root } = makeSubject();

    expect(disk.freeBytes(root)).toBeGreaterThan(0);
  });
});

describe.each(Object.entries(subjects))('the lock of a directory on %s', (_name, makeSubject) => {
  it('refuses a second holder with CONFIG', () => {
    const { disk, root } = makeSubject();
    const lock = disk.lock(root);

    expect(() => disk.lock(root)).toThrow(expect.objectContaining({ code: 'CONFIG' }));
    lock.release();
  });

  it('can be taken again once it is released, twice or not', () => {
    const { disk, root } = makeSubject();
    const lock = disk.lock(root);
    lock.release();
    const second = disk.lock(root);

    lock.release();

    expect(() => disk.lock(root)).toThrow(expect.objectContaining({ code: 'CONFIG' }));
    second.release();
  });
});
