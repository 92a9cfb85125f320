import type { Clock, Timer } from '../env/clock.ts';

/**
 * Runs `run` every `intervalMs` until cancelled; it is told how much later than planned it runs.
 * A run that is late moves the following ones: none are made up for.
 */
export const every = (
  clock: Clock,
  intervalMs: number,
  run: (latenessMs: number) => void,
): Timer => {
  let dueMs = clock.monotonicMs() + intervalMs;
  const onTimer = (): void => {
    const nowMs = clock.monotonicMs();
    const latenessMs = Math.max(0, nowMs - dueMs);
    dueMs = nowMs + intervalMs;
    timer = clock.setTimer(intervalMs, onTimer);
    run(latenessMs);
  };
  let timer = clock.setTimer(intervalMs, onTimer);
  return { cancel: () => timer.cancel() };
};
