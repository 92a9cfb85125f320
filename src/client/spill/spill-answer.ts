import type { OttlaError } from '../../base/errors.ts';
import { ProduceError } from '../producer/produce-error.ts';
import type { SpillAnswer, Spilled, SpillSettings } from './spill-options.ts';

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' } as const;

/** That of a request that is kept. */
export const acceptedAnswer = (
  { request: { id } }: Spilled,
  statusUrl: string | undefined,
): SpillAnswer => ({
  status: 202,
  headers: { ...JSON_TYPE, ...(statusUrl === undefined ? {} : { location: statusUrl }) },
  body: JSON.stringify({ id, ...(statusUrl === undefined ? {} : { status: statusUrl }) }),
});

/** That of a request that is not, or may not be. What is left of its body is not read. */
export const refusalAnswer = (
  error: OttlaError,
  { retryAfterMs }: Pick<SpillSettings, 'retryAfterMs'>,
): SpillAnswer => {
  const status = statusOf(error);
  if (status === undefined) {
    const headers = { ...JSON_TYPE, 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
    return { status: 503, headers, body: told('the request is not taken now: try again later') };
  }
  const text = status === 413 ? 'the request is too large to be kept' : error.message;
  return { status, headers: { ...JSON_TYPE, connection: 'close' }, body: told(text) };
};

/** Undefined: it is no fault of the request. Of what brokers say, only its size is. */
const statusOf = (error: OttlaError): number | undefined => {
  if (error.code === 'MESSAGE_TOO_LARGE') return 413;
  if (error instanceof ProduceError) return undefined;
  if (error.code === 'REQUEST_TIMED_OUT') return 408;
  return error.code === 'INVALID_REQUEST' ? 400 : undefined;
};

const told = (error: string): string => JSON.stringify({ error });
