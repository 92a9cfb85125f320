import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { nodeHttpCaller } from '../../../src/platform/node-http-caller.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const listen = async (
  answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void,
): Promise<string> => {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => answer(request, response, Buffer.concat(parts)));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const never = new AbortController().signal;
const call = { method: 'POST', target: '/', headers: [], body: Buffer.alloc(0) };

describe('a call', () => {
  test('is on the wire as it was given: method, target, headers and body', async () => {
    const came: Array<readonly [string | undefined, string | undefined, string[], Buffer]> = [];
    const base = await listen((request, response, body) => {
      const own = request.rawHeaders.filter((_, at) =>
        /^x-/.test(request.rawHeaders[at & ~1] ?? ''),
      );
      came.push([request.method, request.url, own, body]);
      response.end();
    });
    const body = Buffer.from([0, 255, 13, 10]);
    const headers = [
      ['x-a', '1'],
      ['x-a', '2'],
      ['x-b', 'ü'],
    ] as const;

    await nodeHttpCaller(base).call(
      { method: 'DELETE', target: '/a/../b/%7e?q="x"|&r=//', headers, body },
      never,
    );

    const own = ['x-a', '1', 'x-a', '2', 'x-b', 'ü'];
    expect(came).toEqual([['DELETE', '/a/../b/%7e?q="x"|&r=//', own, body]]);
  });

  test('stays with its server, whatever its target says, under the path of the base', async () => {
    const targets: Array<string | undefined> = [];
    const base = await listen((request, response) => {
      targets.push(request.url);
      response.end();
    });

    await nodeHttpCaller(`${base}/api/`).call({ ...call, target: '//elsewhere/x' }, never);

    expect(targets).toEqual(['/api//elsewhere/x']);
  });

  test('tells status and headers, and follows nothing', async () => {
    const base = await listen((_, response) =>
      response.writeHead(302, { location: '/', 'Retry-After': '3' }).end('much'),
    );

    const answer = await nodeHttpCaller(base).call(call, never);

    if (answer === 'unreachable') throw new Error(answer);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([302, '3']);
    expect(answer.headers.get('x-none')).toBeNull();
  });

  test('finds nobody where nobody listens', async () => {
    expect(await nodeHttpCaller('http://127.0.0.1:1').call(call, never)).toBe('unreachable');
  });

  test('fails where the connection breaks before the answer has ended', async () => {
    const base = await listen((request, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half', () => request.socket.destroy());
    });

    const calling = nodeHttpCaller(base).call(call, never);

    await expect(calling).rejects.toMatchObject({ code: 'NETWORK_EXCEPTION' });
  });

  test('ends with the reason of its signal', async () => {
    const stop = new AbortController();
    const base = await listen(() => stop.abort(new Error('enough')));

    await expect(nodeHttpCaller(base).call(call, stop.signal)).rejects.toThrow('enough');
  });

  test.each(['', 'ftp://x', 'http://x/?q', '127.0.0.1:80'])('to %s is refused', (base) => {
    expect(() => nodeHttpCaller(base)).toThrow(/is no address/);
  });
});
