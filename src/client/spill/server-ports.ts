import { OttlaError } from '../../base/errors.ts';
import type { Clock } from '../../env/clock.ts';

/** What is used of a request of `node:http`. */
export interface ServerRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Null: nobody has begun to read it. */
  readonly readableFlowing: boolean | null;
  readonly readableDidRead: boolean;
  readonly destroyed: boolean;
  on(event: string, listener: (part: Uint8Array) => void): unknown;
  off(event: string, listener: (part: Uint8Array) => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** What is used of a response of `node:http`. */
export interface ServerResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body: string): unknown;
}

/**
 * The bytes of a body, as they come. Rejects with MESSAGE_TOO_LARGE as soon as there are more than
 * `maxBytes`, REQUEST_TIMED_OUT where it has not ended after `timeoutMs`, NETWORK_EXCEPTION where
 * the client went, and CONFIG where somebody has read of it: the rest is left unread.
 */
export const readBody = async (
  request: ServerRequest,
  { clock, maxBytes, timeoutMs }: { clock: Clock; maxBytes: number; timeoutMs: number },
): Promise<Uint8Array> => {
  if (request.readableDidRead || request.readableFlowing !== null) {
    const text =
      'the body of the request was read already: spill over before that, or give its bytes';
    throw new OttlaError('CONFIG', text);
  }
  const tooLarge = (): OttlaError =>
    new OttlaError('MESSAGE_TOO_LARGE', `the body is above ${maxBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const gone = (): OttlaError =>
    new OttlaError('NETWORK_EXCEPTION', 'the client went before its request had ended');
  if (request.destroyed) throw gone();
  const parts: Uint8Array[] = [];
  await new Promise<void>((resolve, reject) => {
    let sizeBytes = 0;
    const end = (error?: OttlaError): void => {
      timer.cancel();
      for (const [event, listener] of Object.entries(listeners)) request.off(event, listener);
      if (error === undefined) resolve();
      else {
        request.pause();
        reject(error);
      }
    };
    const listeners: Record<string, (part: Uint8Array) => void> = {
      data: (part) => {
        sizeBytes += part.length;
        if (sizeBytes > maxBytes) return end(tooLarge());
        parts.push(part);
      },
      end: () => end(),
      close: () => end(gone()),
      error: () => end(gone()),
    };
    const timer = clock.setTimer(timeoutMs, () => {
      const text = `the body did not end within ${timeoutMs} ms`;
      end(new OttlaError('REQUEST_TIMED_OUT', text));
    });
    for (const [event, listener] of Object.entries(listeners)) request.on(event, listener);
  });
  return Buffer.concat(parts);
};
