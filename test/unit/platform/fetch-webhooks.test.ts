import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { fetchWebhooks } from '../../../src/platform/fetch-webhooks.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Answers with this status; 0: never. */
const listen = async (status: number, taken: string[] = []): Promise<string> => {
  const server = createServer((request, response) => {
    request.setEncoding('utf8');
    request.on('data', (part: string) => taken.push(`${request.method} ${part}`));
    if (status !== 0) request.on('end', () => response.writeHead(status).end());
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
};

describe('a webhook', () => {
  test('has taken what was posted when it answers well', async () => {
    const taken: string[] = [];
    const address = await listen(204, taken);

    await fetchWebhooks.post(address, '{"a":1}', 5000);

    expect(taken).toEqual(['POST {"a":1}']);
  });

  test('that refuses is named, with its status', async () => {
    const address = await listen(500);

    const posting = fetchWebhooks.post(address, '{}', 5000);

    await expect(posting).rejects.toMatchObject({ code: 'NETWORK_EXCEPTION' });
    await expect(posting).rejects.toThrow(`${address} answered 500`);
  });

  test('that is silent is given up in time', async () => {
    const address = await listen(0);

    const posting = fetchWebhooks.post(address, '{}', 50);

    await expect(posting).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' });
  });

  test('that is not there is named, with the reason', async () => {
    const posting = fetchWebhooks.post('http://127.0.0.1:1/', '{}', 5000);

    await expect(posting).rejects.toMatchObject({ code: 'NETWORK_EXCEPTION' });
    await expect(posting).rejects.toThrow(/^http:\/\/127.0.0.1:1\/ did not answer: /);
  });
});
