import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from '../../../deploy/local/layout.ts';
import { configOf, placesOf } from '../../../deploy/remote/place.ts';
import { parseRequest } from '../../../deploy/remote/request.ts';

const page = readFileSync(join(REPOSITORY, 'docs', 'deployment.md'), 'utf8');

/** An example of the page: a command, a host, and lines that its configuration then has. */
const examples = [
  ...page.matchAll(/```sh\n(make [^\n]+)\n```\n```properties\n# on (\S+)\n([^`]+)```/g),
].map(
  ([, command = '', host = '', lines = '']) =>
    [command, host, lines.trimEnd().split('\n')] as const,
);

/** The words that `make` gives to the program. */
const wordsOf = (command: string): string[] => {
  const printed = execFileSync('bash', ['-c', `${command} -n -o build`], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  });
  const line = printed.replaceAll('\\\n', ' ').split('remote.ts')[1] ?? '';
  const script = `printf '%s\\0' ${line}`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
};

describe('an example of docs/deployment.md', () => {
  it('is found where one stands', () => {
    expect(examples.length).toBe(page.split('```properties').length - 1);
    expect(examples.length).toBeGreaterThan(0);
  });

  it.each(examples)('%s gives the lines shown, on %s', (command, host, lines) => {
    const request = parseRequest(wordsOf(command));
    const places = placesOf(request, 3);
    const place = places.find((it) => it.host === host);

    const config = place === undefined ? '' : configOf(place, places, request);

    for (const line of lines) expect(config.split('\n')).toContain(line);
  });
});
