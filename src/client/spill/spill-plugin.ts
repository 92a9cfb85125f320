import { OttlaError } from '../../base/errors.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import type { ServerRequest } from './server-ports.ts';
import { SpillOver } from './spill-over.ts';

/** What is used of a request of Fastify. */
export interface FastifyRequestPort {
  readonly raw: ServerRequest;
  readonly ip: string;
  readonly method: string;
  readonly url: string;
  readonly headers: ServerRequest['headers'];
}

/** What is used of a reply of Fastify. */
export interface FastifyReplyPort {
  code(status: number): unknown;
  headers(headers: Record<string, string>): unknown;
  send(body: string): unknown;
}

/** What is used of an instance of Fastify. */
export interface FastifyPort {
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequestPort, reply: FastifyReplyPort) => Promise<unknown>,
  ): unknown;
}

export interface SpillPluginOptions {
  readonly spill: SpillOver;
  /** Asked of each request before its body is read; true: it is kept for later. */
  readonly isRefused: (request: FastifyRequestPort) => boolean | Promise<boolean>;
}

const PLUGIN_KEYS: KeysOf<SpillPluginOptions> = { spill: true, isRefused: true };

/**
 * Keeps and answers a request of Fastify. To be called before its body is read: in an `onRequest`
 * hook, or in an error handler for what such a hook threw. Elsewhere the body is to be given, as
 * the bytes that came; without it this rejects with CONFIG. Resolves when the reply is on its way.
 */
export const spillReply = async (
  spill: SpillOver,
  {
    request,
    reply,
    body,
  }: {
    readonly request: Pick<FastifyRequestPort, 'raw'>;
    readonly reply: FastifyReplyPort;
    readonly body?: Uint8Array | string;
  },
): Promise<void> => {
  const answer = await spill.answerTo(request.raw, body);
  reply.code(answer.status);
  reply.headers({ ...answer.headers });
  reply.send(answer.body);
};

/** A plugin of Fastify 5: `await app.register(spillPlugin, { spill, isRefused })`. */
export const spillPlugin = async (app: FastifyPort, options: SpillPluginOptions): Promise<void> => {
  checkKeys('spillPlugin option', options, PLUGIN_KEYS);
  const { spill, isRefused } = options;
  if (!(spill instanceof SpillOver) || typeof isRefused !== 'function') {
    const text = 'spillPlugin takes spill, of client.spillOver(...), and the function isRefused';
    throw new OttlaError('CONFIG', text);
  }
  app.addHook('onRequest', async (request, reply) => {
    if (!(await isRefused(request))) return undefined;
    await spillReply(spill, { request, reply });
    return reply;
  });
};

/** As `fastify-plugin` does: it is for whoever registers it, and not for a scope of its own. */
Object.assign(spillPlugin, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'ottla-spill',
  [Symbol.for('plugin-meta')]: { name: 'ottla-spill', fastify: '5.x' },
});
