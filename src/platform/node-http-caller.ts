import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { OttlaError } from '../base/errors.ts';
import type { HttpAnswer, HttpCall, HttpCaller } from '../env/http-caller.ts';

/** Of a connection that was never made. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
]);

/** Methods whose requests are told to have a body, also where that is empty. */
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/**
 * Over a connection of its own each time, by the bytes that are given: `fetch` would write a path
 * anew, add headers, follow redirects, and send no body with GET. Throws CONFIG for a base that is
 * no http(s) address; its path comes before the targets.
 */
export const nodeHttpCaller = (base: string): HttpCaller => {
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search + url.hash !== '') {
    throw new OttlaError(
      'CONFIG',
      `${base} is no address: give http(s)://host:port, or a path too`,
    );
  }
  const prefix = url.pathname.replace(/\/$/, '');
  return { call: (call, signal) => send(url, { ...call, target: prefix + call.target }, signal) };
};

const send = (url: URL, call: HttpCall, signal: AbortSignal): Promise<HttpAnswer | 'unreachable'> =>
  new Promise((resolve, reject) => {
    const { method, target, body } = call;
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
    // An address of IPv6 stands in brackets in a URL, and without them in a call.
    const hostname = url.hostname.replace(/^\[|\]$/g, '');
    const options = { hostname, port: url.port, method, path: target, headers: headersOf(call) };
    const fail = (cause: Error & { readonly code?: string }): void => {
      if (signal.aborted) reject(signal.reason);
      else if (UNREACHABLE.has(cause.code ?? '')) resolve('unreachable');
      else {
        const text = `${method} ${url.origin}${target} was not answered: ${cause.message}`;
        reject(new OttlaError('NETWORK_EXCEPTION', text, { cause }));
      }
    };
    const sent = request({ ...options, agent: false, signal }, (response) => {
      // What it says is of no use; that it says it to the end is.
      response.resume();
      response.on('error', fail);
      response.on('end', () => resolve(answerOf(response)));
    });
    sent.on('error', fail);
    sent.end(body);
  });

/** Names that repeat are one line each. */
const headersOf = ({ method, headers, body }: HttpCall): OutgoingHttpHeaders => {
  const lines: Record<string, string[]> = {};
  for (const [name, value] of headers) lines[name] = [...(lines[name] ?? []), value];
  const length = body.length > 0 || WITH_BODY.has(method) ? { 'content-length': body.length } : {};
  return { ...lines, ...length };
};

const answerOf = ({ statusCode = 0, headers }: IncomingMessage): HttpAnswer => ({
  status: statusCode,
  headers: {
    get: (name) => {
      const value = headers[name.toLowerCase()];
      return value === undefined ? null : String(value);
    },
  },
});
