import { OttlaError } from '../base/errors.ts';
import type { StreamMethod, UnaryMethod } from '../base/method.ts';
import type { CallContext, Handler, Stream, StreamListener } from '../env/transport.ts';
import { onCall, onStream } from '../env/transport.ts';

/** Where a bug ends that surfaced while a request was served: the node must stop. */
export type OnFatal = (error: Error) => void;

/** As `onCall`: an operating error goes to the caller, anything else to `onFatal` as well. */
export const guardedCall = <Request, Response>(
  onFatal: OnFatal,
  method: UnaryMethod<Request, Response>,
  handle: (request: Request, context: CallContext) => Promise<Response>,
): Handler =>
  onCall(method, async (request, context) => {
    try {
      return await handle(request, context);
    } catch (error) {
      throw noted(onFatal, error);
    }
  });

/** As `onStream`: an operating error ends the stream, anything else goes to `onFatal` as well. */
export const guardedStream = <Up, Down>(
  onFatal: OnFatal,
  method: StreamMethod<Up, Down>,
  accept: (stream: Stream<Down>, context: CallContext) => StreamListener<Up>,
): Handler =>
  onStream(method, (stream, context) => {
    const listener = accept(stream, context);
    const run = (act: () => void): void => {
      try {
        act();
      } catch (error) {
        stream.close(noted(onFatal, error));
      }
    };
    return {
      onMessage: (message) => run(() => listener.onMessage(message)),
      onDrain: () => run(() => listener.onDrain?.()),
      onClose: (error) => run(() => listener.onClose(error)),
    };
  });

const noted = (onFatal: OnFatal, error: unknown): Error => {
  const known = error instanceof Error ? error : new Error(String(error));
  if (!(known instanceof OttlaError)) onFatal(known);
  return known;
};
