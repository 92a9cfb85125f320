import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from '../../../../deploy/local/layout.ts';
import { parseRequest } from '../../../../deploy/remote/request.ts';
import { tempDirs } from '../../../support/temp-dir.ts';

const makeTempDir = tempDirs();

describe('what is asked for with make deploy', () => {
  it.each([
    [[], /--hosts: name at least one host/],
    [['--hosts', 'a b a'], /--hosts: a is named twice/],
    [['--hosts', 'a;b'], /--hosts: 'a;b' has letters/],
    [['--hosts=-oProxyCommand=x'], /has letters/],
    [['--hosts', 'a b', '--racks', 'c=r1'], /--racks: c is none of the hosts a, b/],
    [['--hosts', 'a b', '--racks', 'a'], /--racks: '' has letters/],
    [['--hosts', 'a b', '--controllers', '3'], /--controllers: '3' is not a number from 1 to 2/],
    [['--hosts', 'a', '--kafka-port', '7091'], /port 7091 is given to two listeners/],
    [['--hosts', 'a', '--directory', 'x'], /--directory: 'x' has letters/],
    [['--hosts', 'a', '--data-directory', '/a,b'], /--data-directory: 'b' has letters/],
    [['--hosts', 'a', '--data-directory', '/a,/b,/a'], /--data-directory: \/a is named twice/],
    [['--hosts', 'a', '--settings', '/nowhere'], /--settings: \/nowhere cannot be read/],
    [['--hosts', 'a', '--nodes', '3'], /'--nodes'/],
  ])('is refused where it cannot be meant: %j', (words, message) => {
    expect(() => parseRequest(words)).toThrow(message);
  });

  it('may not set what follows from the place of a host', () => {
    const file = join(makeTempDir(), 'settings');
    writeFileSync(file, 'node.id=7\n');

    expect(() => parseRequest(['--hosts', 'a', '--settings', file])).toThrow(/: node\.id is given/);
  });

  it('is put into words by make, with a user only where one was given there', () => {
    const make = (...words: readonly string[]): string =>
      execFileSync('make', ['-n', '-o', 'build', 'deploy', ...words], {
        cwd: REPOSITORY,
        encoding: 'utf8',
        env: { ...process.env, USER: 'somebody' },
      })
        .replace(/\s*\\\n\s*/g, ' ')
        .trim();

    expect(make('HOSTS=a b')).toMatch(/remote\.ts --hosts 'a b'$/);
    const words = ['HOSTS=a', 'USER=joe', 'RACKS=a=r1', 'SSH=-p 2222', 'DRY_RUN=1'];
    expect(make(...words, 'DEPLOY_FLAGS=--sudo')).toMatch(
      /--hosts 'a' --user 'joe' --racks 'a=r1' +--ssh='-p 2222' --dry-run --sudo$/,
    );
  });
});
