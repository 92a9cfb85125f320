import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UNIT } from '../../../deploy/remote/version.ts';
import { isInstalled } from '../../support/is-installed.ts';
import { tempDirs } from '../../support/temp-dir.ts';

const makeTempDir = tempDirs();
const isHere = isInstalled('systemd-analyze');
if (!isHere) process.stderr.write('the unit is not verified: systemd is not installed\n');

/** A unit's file with what stands in it, and another line. */
const unitWith = (line: string): string => {
  const directory = join(makeTempDir(), 'system');
  mkdirSync(directory);
  const file = join(directory, 'ottla.service');
  const text = readFileSync(UNIT, 'utf8').replaceAll('/usr/bin/node', process.execPath);
  writeFileSync(file, text.replace('[Install]', `${line}\n[Install]`));
  return file;
};

describe.skipIf(!isHere)('the unit for systemd', () => {
  it('is understood by systemd, every line of it', () => {
    const verify = (line: string): string =>
      spawnSync('systemd-analyze', ['verify', '--man=no', unitWith(line)], { encoding: 'utf8' })
        .stderr;

    expect(verify('')).toBe('');
    expect(verify('NoSuchSetting=1')).toContain('NoSuchSetting');
  });

  it('leaves a node little that it could do to its host', () => {
    const words = ['security', '--offline=true', '--threshold=20', '--no-pager', unitWith('')];

    expect(() => execFileSync('systemd-analyze', words, { stdio: 'pipe' })).not.toThrow();
  });
});
