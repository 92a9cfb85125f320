import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ottla, Workshop } from './processes.ts';

const workshop = new Workshop();
const mounts: string[] = [];

afterAll(async () => {
  await workshop.close().catch(() => {});
  for (const mount of mounts) execFileSync('umount', ['-l', mount]);
  await workshop.close();
});

/** A small file system in memory; nothing where this user may not mount one. */
const smallDisk = (megabytes: number): string | undefined => {
  const path = join(workshop.root, 'small-disk');
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], {
      stdio: 'ignore',
    });
  } catch {
    return undefined;
  }
  mounts.push(path);
  return path;
};

describe('a full disk', () => {
  const disk = smallDisk(24);

  it.skipIf(disk === undefined)(
    'is named to the producer in one line, and nothing acknowledged is lost (needs mount)',
    async () => {
      const node = await workshop.formatted(1, { 'log.dirs': `${disk}/data` });
      await workshop.running(node);
      const to = ['--bootstrap', node.client];
      await ottla(['topic', 'create', 't', ...to]);
      const small = Array.from({ length: 100 }, (_, index) => `kept ${index}\n`).join('');
      expect((await ottla(['produce', 't', ...to], { input: small })).status).toBe(0);

      const flood = `${'x'.repeat(100_000)}\n`.repeat(400);
      const words = ['produce', 't', '--timeout-ms', '8000', ...to];
      const { status, stderr } = await ottla(words, { input: flood });

      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(stderr).toMatch(/not acknowledged.*disk is full/i);
      expect(status).toBe(1);
      const reading = ['consume', 't', '--from-beginning', '--exit-at-end', ...to];
      const { stdout } = await ottla(reading);
      expect(stdout.toString().startsWith(small)).toBe(true);
    },
  );
});
