import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as rest } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { REPOSITORY } from '../../../deploy/local/layout.ts';
import type { DevCluster } from '../../../src/testing/index.ts';
import { startDevCluster } from '../../../src/testing/index.ts';

const MEMBER = fileURLToPath(new URL('ledger-member.ts', import.meta.url));
const COUNT = 300;
const HELD_OFFSET = 50;
const KILL_AT = 150;

const children: ChildProcess[] = [];
let cluster: DevCluster;
let server: Server;

beforeAll(async () => {
  cluster = await startDevCluster({
    topics: [{ name: 'ledger', partitions: 1 }],
    config: { 'group.initial.rebalance.delay.ms': 0 },
  });
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  server?.close();
  server?.closeAllConnections();
  await cluster.stop();
});

interface Applied {
  readonly name: string;
  readonly offset: number;
}

/** Takes effects in order, each once, and none of a generation below one that it has seen. */
class Ledger {
  readonly applied: Applied[] = [];
  readonly refused: Applied[] = [];
  /** Whoever begins the offset at which it is to hang, with the answer that it waits for. */
  held: { readonly name: string; readonly response: ServerResponse } | undefined;
  #generation = 0;

  async listen(): Promise<string> {
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://ledger');
      const name = searchParams.get('name') ?? '';
      const effect = { name, offset: Number(searchParams.get('offset')) };
      if (pathname === '/begin') return this.#begin(effect, response);
      const isTaken = this.#apply(effect, Number(searchParams.get('generation')));
      response.writeHead(isTaken ? 200 : 409).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await rest(10);
  }

  #begin({ name, offset }: Applied, response: ServerResponse): void {
    if (offset === HELD_OFFSET && this.held === undefined) this.held = { name, response };
    else response.end();
  }

  #apply(effect: Applied, generation: number): boolean {
    if (generation < this.#generation) {
      this.refused.push(effect);
      return false;
    }
    this.#generation = generation;
    if (effect.offset > (this.applied.at(-1)?.offset ?? -1)) this.applied.push(effect);
    return true;
  }
}

it('one member is at work, in one order; one that hangs, and wakes behind the next, changes nothing', async () => {
  const ledger = new Ledger();
  const store = await ledger.listen();
  const start = (name: string): ChildProcess => {
    const words = [cluster.bootstrap, 'ledger', store, name];
    const child = spawn(process.execPath, ['--import', 'tsx', MEMBER, ...words], {
      cwd: REPOSITORY,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    children.push(child);
    return child;
  };
  await using producer = cluster.client.producer();
  const records = Array.from({ length: COUNT }, (_, n) => ({ topic: 'ledger', value: `${n}` }));
  await producer.sendBatch(records);
  const byName = new Map(['a', 'b'].map((name) => [name, start(name)]));

  await ledger.until(() => ledger.held !== undefined);
  const before = ledger.applied.length;
  const first = ledger.held?.name ?? '';
  const second = first === 'a' ? 'b' : 'a';
  byName.get(first)?.kill('SIGSTOP');
  await ledger.until(() => ledger.applied.length > HELD_OFFSET);
  byName.get(first)?.kill('SIGCONT');
  ledger.held?.response.end();
  await ledger.until(() => ledger.refused.length > 0 && ledger.applied.length > KILL_AT);
  byName.get(second)?.kill('SIGKILL');
  await once(byName.get(second) ?? server, 'exit');
  await ledger.until(() => ledger.applied.length === COUNT);

  const names = ledger.applied.map(({ name }) => name);
  const changes = names.filter((name, at) => name !== names[at - 1]);
  expect(before).toBe(HELD_OFFSET);
  expect(ledger.applied.map(({ offset }) => offset)).toEqual(records.map((_, n) => n));
  expect(ledger.refused[0]).toEqual({ name: first, offset: HELD_OFFSET });
  expect(new Set(ledger.refused.map(({ name }) => name))).toEqual(new Set([first]));
  expect(changes).toEqual([first, second, first]);
});
