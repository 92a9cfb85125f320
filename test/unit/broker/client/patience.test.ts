import { expect, test } from 'vitest';
import { adminHandlers } from '../../../../src/broker/client/admin.ts';
import type { ClientContext } from '../../../../src/broker/client/context.ts';
import type { UnaryHandler } from '../../../../src/env/transport.ts';
import { ClientService } from '../../../../src/gen/ottla.ts';

/** How long a broker looks for a controller that takes the request of a caller who waits so long. */
const searchMs = async (patienceMs: number): Promise<number> => {
  let givenMs = 0;
  const channel = {
    ask: async (_method: unknown, { deadlineMs }: { readonly deadlineMs: number }) => {
      givenMs = deadlineMs;
      return { changed: false, voters: [] };
    },
  };
  const context = { channel, onFatal: () => {} } as unknown as ClientContext;
  const handlers = adminHandlers(context) as UnaryHandler[];
  const handler = handlers.find(({ method }) => method.name === ClientService.alterQuorum.name);
  const by = { peer: 'client:1', signal: new AbortController().signal, patienceMs };
  await handler?.handle({ nodeId: 4, remove: false, directoryId: '' }, by);
  return givenMs;
};

test.each([
  ['a caller who waits ten seconds hears of the last refusal before they end', 10_000, 9000],
  [
    'a caller who waits for ever is answered after fifteen seconds',
    Number.POSITIVE_INFINITY,
    15_000,
  ],
])('%s', async (_, patienceMs, expectedMs) => {
  expect(await searchMs(patienceMs)).toBe(expectedMs);
});
