import type { RecordHandler } from '../client/handling/run-options.ts';
import { Replay } from '../client/spill/replay.ts';
import type { ReplayHandler, ReplayOptions } from '../client/spill/replay-options.ts';
import { resolveReplayOptions } from '../client/spill/replay-options.ts';
import { nodeHttpCaller } from '../platform/node-http-caller.ts';
import { SystemClock } from '../platform/system-clock.ts';
import { systemRandom } from '../platform/system-random.ts';

/**
 * A handler for `consumer.run` that replays requests that `spillOver` has kept: to a server, by
 * its address (`http://127.0.0.1:8080`, a path comes before theirs), or to a function. Method, path
 * and query, the headers that were kept and the body are as they came; a header tells a repeat.
 *
 * - Done is what is answered with 2xx. Another answer, silence and a connection that breaks are
 *   failures, as `onFailure` of the run has them: retried, then given up.
 * - 429, 503 and a server that is not there are none: nothing more is sent until what `retry-after`
 *   says is over (an hour at most), or a growing pause, and then one request alone.
 * - At least once: what a crash, a timeout or another member repeats has the same
 *   `idempotency-key`.
 *
 * Throws CONFIG for options that cannot be, and for what is neither an address nor a function.
 */
export const replayTo = (
  target: string | ReplayHandler,
  options: ReplayOptions = {},
): RecordHandler<Uint8Array, Uint8Array> => {
  const deps = { clock: new SystemClock(), random: systemRandom };
  const to = typeof target === 'function' ? target : nodeHttpCaller(target);
  return new Replay(deps, to, resolveReplayOptions(options)).handle;
};
