import { OttlaError } from '../base/errors.ts';

/** Who listens to a signal that many share; the signal itself has one listener of ours. */
interface Audience {
  readonly listeners: Set<{ readonly listen: () => void }>;
  readonly tell: () => void;
}

const audiences = new WeakMap<AbortSignal, Audience>();

/**
 * Calls `listen` once when the signal fires, unless the returned function was called before; no
 * matter how many calls share the signal. (Node warns of a leak from the eleventh listener on, and
 * looks through all of them to add or remove one.) Not called for a signal that has fired already.
 */
export const onAbort = (signal: AbortSignal | undefined, listen: () => void): (() => void) => {
  if (signal === undefined || signal.aborted) return () => {};
  const audience = audiences.get(signal) ?? gather(signal);
  const entry = { listen };
  audience.listeners.add(entry);
  return () => {
    if (!audience.listeners.delete(entry) || audience.listeners.size > 0) return;
    signal.removeEventListener('abort', audience.tell);
    audiences.delete(signal);
  };
};

const gather = (signal: AbortSignal): Audience => {
  const listeners: Audience['listeners'] = new Set();
  const tell = (): void => {
    audiences.delete(signal);
    const told = [...listeners];
    listeners.clear();
    for (const { listen } of told) listen();
  };
  const audience = { listeners, tell };
  audiences.set(signal, audience);
  signal.addEventListener('abort', tell, { once: true });
  return audience;
};

export const abortedError = (what: string, signal: AbortSignal | undefined): OttlaError =>
  new OttlaError('ABORTED', `${what} was aborted by the caller`, { cause: signal?.reason });

/** The promise's outcome, or ABORTED as soon as the signal fires; the work itself goes on. */
export const orAborted = <T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  what: string,
): Promise<T> => {
  if (signal === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(abortedError(what, signal));
    if (signal.aborted) abort();
    const forget = onAbort(signal, abort);
    work.then(
      (value) => {
        forget();
        resolve(value);
      },
      (error: unknown) => {
        forget();
        reject(error);
      },
    );
  });
};
