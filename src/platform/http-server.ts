import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeError } from '../base/errors.ts';
import { listenError } from '../base/listen-error.ts';
import type { Logger } from '../env/logger.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

export interface HttpRequest {
  readonly path: string;
  readonly query: URLSearchParams;
}

export type HttpHandler = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

export interface HttpOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Exact paths, answered to GET and HEAD. */
  readonly routes: ReadonlyMap<string, HttpHandler>;
  readonly logger: Logger;
}

export interface HttpListening {
  readonly port: number;
  close(): Promise<void>;
}

const MAX_HEADER_BYTES = 8 * 1024;
const MAX_CONNECTIONS = 128;
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;

/** Serves small read-only pages: metrics and health. Fails with CONFIG when the port is taken. */
export const listenHttp = async (options: HttpOptions): Promise<HttpListening> => {
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const server = createServer(limits, (request, response) => {
    answer(request, options).then(
      (page) => send(request, response, page),
      (error: unknown) => {
        options.logger.error('admin page failed', {
          path: request.url,
          error: describeError(error),
        });
        send(request, response, plain(500, 'the page failed; the log of this node says why\n'));
      },
    );
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listening(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => closed(server),
  };
};

/** A short text. */
export const plain = (status: number, body: string): HttpAnswer => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body,
});

const answer = async (request: IncomingMessage, options: HttpOptions): Promise<HttpAnswer> => {
  request.resume();
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return plain(405, 'only GET and HEAD are answered here\n');
  }
  const target = request.url ?? '/';
  const [path = '/', query = ''] = target.split('?', 2);
  const handler = options.routes.get(path);
  if (handler === undefined) {
    return plain(404, `nothing here; there is ${[...options.routes.keys()].join(', ')}\n`);
  }
  return handler({ path, query: new URLSearchParams(query) });
};

const send = (request: IncomingMessage, response: ServerResponse, page: HttpAnswer): void => {
  const body = typeof page.body === 'string' ? Buffer.from(page.body) : page.body;
  response.writeHead(page.status, {
    'content-type': page.contentType,
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(page.status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
};

const listening = (server: Server, options: HttpOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    const address = `${options.host}:${options.port}`;
    server.once('error', (error) => reject(listenError(address, error)));
    server.listen(options.port, options.host, () => {
      server.removeAllListeners('error');
      server.on('error', (error) =>
        options.logger.error('admin listener failed', { error: describeError(error) }),
      );
      resolve();
    });
  });

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
