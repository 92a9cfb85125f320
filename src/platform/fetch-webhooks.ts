import { OttlaError } from '../base/errors.ts';
import type { Webhooks } from '../env/webhooks.ts';

/** Over the platform's own HTTP client. */
export const fetchWebhooks: Webhooks = {
  post: async (address, json, timeoutMs) => {
    const response = await attempt(address, json, timeoutMs);
    await response.body?.cancel();
    if (response.ok) return;
    throw new OttlaError('NETWORK_EXCEPTION', `${address} answered ${response.status}`);
  },
};

const attempt = async (address: string, body: string, timeoutMs: number): Promise<Response> => {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const headers = { 'content-type': 'application/json' };
    return await fetch(address, { method: 'POST', headers, body, signal, redirect: 'error' });
  } catch (cause) {
    if (signal.aborted) {
      const text = `${address} did not answer within ${timeoutMs} ms`;
      throw new OttlaError('REQUEST_TIMED_OUT', text, { cause });
    }
    const reason = cause instanceof Error ? (cause.cause ?? cause) : cause;
    const detail = reason instanceof Error ? reason.message : String(reason);
    throw new OttlaError('NETWORK_EXCEPTION', `${address} did not answer: ${detail}`, { cause });
  }
};
