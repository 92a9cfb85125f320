import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/env/logger.ts';
import type { HttpHandler, HttpListening } from '../../../src/platform/http-server.ts';
import { listenHttp, plain } from '../../../src/platform/http-server.ts';

const routes = new Map<string, HttpHandler>([
  ['/healthz', () => plain(200, 'ok\n')],
  ['/echo', (request) => plain(200, request.query.get('say') ?? '')],
  [
    '/broken',
    () => {
      throw new Error('secret detail');
    },
  ],
]);

let listening: HttpListening;
beforeEach(async () => {
  listening = await listenHttp({ host: '127.0.0.1', port: 0, routes, logger: silentLogger });
});
afterEach(() => listening.close());

const get = (path: string, init?: RequestInit): Promise<Response> =>
  fetch(`http://127.0.0.1:${listening.port}${path}`, init);

describe('the admin listener', () => {
  it('answers a route with its page', async () => {
    const response = await get('/healthz');

    expect(response.status).toBe(200);
    expect(await response.text()).toBe('ok\n');
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it('hands the query to the handler', async () => {
    expect(await (await get('/echo?say=a%20b')).text()).toBe('a b');
  });

  it('answers HEAD without a body', async () => {
    const response = await get('/healthz', { method: 'HEAD' });

    expect(response.headers.get('content-length')).toBe('3');
    expect(await response.text()).toBe('');
  });

  it('answers 404 for another path and names those there are', async () => {
    const response = await get('/other');

    expect(response.status).toBe(404);
    expect(await response.text()).toContain('/healthz');
  });

  it('answers 405 for another method', async () => {
    expect((await get('/healthz', { method: 'POST', body: 'x' })).status).toBe(405);
  });

  it('answers 500 without details when a handler throws, and goes on', async () => {
    const response = await get('/broken');

    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect((await get('/healthz')).status).toBe(200);
  });

  it('refuses headers of more than 8 KiB', async () => {
    const response = await get('/healthz', { headers: { 'x-big': 'x'.repeat(9000) } });

    expect(response.status).toBe(431);
  });

  it('says with CONFIG that its port is in use', async () => {
    const { port } = listening;
    const second = listenHttp({ host: '127.0.0.1', port, routes, logger: silentLogger });

    await expect(second).rejects.toMatchObject({ code: 'CONFIG' });
  });

  it('closes though a client holds its connection open', async () => {
    const socket = connect(listening.port, '127.0.0.1');
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('connect', resolve));

    await listening.close();

    await expect(get('/healthz')).rejects.toThrow();
  });
});
