import { pbkdf2 } from 'node:crypto';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readWholeFile } from '../../../src/env/disk.ts';
import { diskError } from '../../../src/platform/disk-error.ts';
import { FileDisk } from '../../../src/platform/file-disk.ts';
import { tempDirs } from '../../support/temp-dir.ts';

const makeTempDir = tempDirs();

/** Permissions do not bind root: while `act` runs, this process is somebody else. */
const asNobody = <T>(act: () => T): T => {
  if (process.geteuid?.() !== 0) return act();
  process.seteuid?.('nobody');
  try {
    return act();
  } finally {
    process.seteuid?.(0);
  }
};

describe('an error of the file system', () => {
  it.each([
    ['ENOSPC', 'DISK_FULL'],
    ['EDQUOT', 'DISK_FULL'],
    ['EACCES', 'CONFIG'],
    ['EPERM', 'CONFIG'],
    ['EROFS', 'CONFIG'],
    ['EIO', 'STORAGE_ERROR'],
    ['EMFILE', 'STORAGE_ERROR'],
    ['EUNHEARD', 'STORAGE_ERROR'],
  ])('%s is %s, in one line with the path', (errno, code) => {
    const error = diskError(errno, 'write', '/data/0.log');

    expect(error.code).toBe(code);
    expect(error.message).toMatch(new RegExp(`^write /data/0\\.log: .+ \\(${errno}\\)$`));
  });

  it.runIf(existsSync('/dev/full'))('shows a full disk as DISK_FULL', () => {
    const file = new FileDisk().open('/dev/full');

    expect(() => file.write([new Uint8Array(4096)], 0)).toThrow(
      expect.objectContaining({ code: 'DISK_FULL' }),
    );
    file.close();
  });

  it.runIf(existsSync('/proc'))('fails, and ends, where a file system takes no directories', () => {
    expect(() => new FileDisk().mkdir('/proc/ottla')).toThrow(/^mkdir \/proc\/ottla: /);
  });

  it('names the path where a directory cannot be made', () => {
    const root = makeTempDir();
    const disk = new FileDisk();
    disk.open(`${root}/f`, { create: true }).close();

    expect(() => disk.mkdir(`${root}/f/d`)).toThrow(`mkdir ${root}/f/d`);
  });

  it('reads a file that this user may not write, such as a configuration of root', () => {
    const root = makeTempDir();
    chmodSync(root, 0o755);
    const path = `${root}/server.properties`;
    writeFileSync(path, 'node.id=1', { mode: 0o444 });

    const content = asNobody(() => readWholeFile(new FileDisk(), path));

    expect(Buffer.from(content ?? []).toString()).toBe('node.id=1');
  });

  it('refuses a directory in the place of a file that is only read', () => {
    const root = makeTempDir();

    expect(() => readWholeFile(new FileDisk(), root)).toThrow(
      expect.objectContaining({ code: 'CORRUPT_STORE' }),
    );
  });

  it('refuses to lock a directory that is not there', () => {
    expect(() => new FileDisk().lock(`${makeTempDir()}/none`)).toThrow('no such file');
  });
});

/** Keeps every thread of the pool busy for some milliseconds: what is queued next must wait. */
const fillPool = (): void => {
  for (let index = 0; index < 32; index += 1) pbkdf2('x', 'y', 5_000, 32, 'sha256', () => {});
};

describe('a file closed under a cold read', () => {
  it('never reads from the file that is opened next', async () => {
    const root = makeTempDir();
    const disk = new FileDisk();
    const write = (name: string): void => {
      const file = disk.open(`${root}/${name}`, { create: true });
      file.write([new TextEncoder().encode(name)], 0);
      file.close();
    };
    write('a');
    write('b');

    fillPool();
    const reads = Array.from({ length: 50 }, async () => {
      const target = new Uint8Array(1);
      const file = disk.open(`${root}/a`);
      const read = file.readCold(target, 0);
      file.close();
      disk.open(`${root}/b`).close();
      await read;
      return new TextDecoder().decode(target);
    });

    expect(new Set(await Promise.all(reads))).toEqual(new Set(['a']));
  });
});
