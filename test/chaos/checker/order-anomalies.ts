import type { Anomaly, AnomalyKind } from './anomaly.ts';
import type { PollOperation } from './history.ts';
import type { Indexed, Write } from './key-log.ts';

/** What a step from one value to the next means; undefined: the very next one, as it should be. */
type Verdict = (delta: number) => AnomalyKind | undefined;

const between: Verdict = (delta) =>
  delta > 1 ? 'poll-skip' : delta < 1 ? 'nonmonotonic-poll' : undefined;
const within: Verdict = (delta) =>
  delta > 1 ? 'int-poll-skip' : delta < 1 ? 'int-nonmonotonic-poll' : undefined;

/** A reader that leaves something out, reads it again, or goes back. */
export const findPollAnomalies = (history: Indexed): Anomaly[] => {
  const anomalies: Anomaly[] = [];
  const positions = new Positions();
  for (const operation of history.operations) {
    const { process } = operation;
    if (operation.f === 'assign' && operation.type !== 'fail' && operation.type !== 'invoke') {
      positions.keepOnly(process, operation.keys);
    }
    if (operation.f === 'hold') positions.keepOnly(process, operation.keys);
    if (operation.f === 'release') positions.drop(process, operation.keys);
    if (operation.f !== 'poll' || operation.type !== 'ok') continue;
    for (const { key, records } of operation.polled) {
      let last = positions.get(process, key);
      let verdict = between;
      for (const [, value] of records) {
        if (last !== undefined)
          anomalies.push(...judge(history, operation, { key, last, value, verdict }));
        last = value;
        verdict = within;
      }
      if (last !== undefined) positions.set(process, key, last);
    }
  }
  return anomalies;
};

/**
 * The last value that each process read of each key, by polls that came to a good end; only of
 * keys in the newest assignment that took effect, or may have.
 */
class Positions {
  readonly #byProcess = new Map<string, Map<string, string>>();

  keepOnly(process: string, keys: readonly string[]): void {
    const kept = [...(this.#byProcess.get(process) ?? [])].filter(([key]) => keys.includes(key));
    this.#byProcess.set(process, new Map(kept));
  }

  drop(process: string, keys: readonly string[]): void {
    for (const key of keys) this.#byProcess.get(process)?.delete(key);
  }

  get(process: string, key: string): string | undefined {
    return this.#byProcess.get(process)?.get(key);
  }

  set(process: string, key: string, value: string): void {
    const known = this.#byProcess.get(process);
    if (known === undefined) this.#byProcess.set(process, new Map([[key, value]]));
    else known.set(key, value);
  }
}

interface Step {
  readonly key: string;
  readonly last: string;
  readonly value: string;
  readonly verdict: Verdict;
}

const judge = (history: Indexed, poll: PollOperation, step: Step): Anomaly[] => {
  const { key, last, value, verdict } = step;
  const log = history.logOf(key);
  const delta = (log.firstIndexOf(value) ?? 0) - (log.firstIndexOf(last) ?? 0);
  const kind = verdict(delta);
  if (kind === undefined) return [];
  const detail = `${poll.process} read ${last}, then ${value}, ${delta} places on`;
  return [{ kind, key, detail }];
};

/** What one process sent to a key in one order stands in the log in another. */
export const findSendAnomalies = (history: Indexed): Anomaly[] =>
  history.keys.flatMap((key) => {
    const log = history.logOf(key);
    const last = new Map<string, Write>();
    return history.writesOf(key).flatMap((write): Anomaly[] => {
      const index = log.firstIndexOf(write.value);
      // What is of unknown outcome and stands in the log keeps its place in the order as well.
      if (write.type === 'fail' || index === undefined) return [];
      const before = last.get(write.process);
      last.set(write.process, write);
      if (before === undefined || index > (log.firstIndexOf(before.value) ?? -1)) return [];
      const isSame = before.invokedAt === write.invokedAt;
      const kind = isSame ? 'int-nonmonotonic-send' : 'nonmonotonic-send';
      const detail = `${write.process} sent ${before.value}, then ${write.value}: the log turns it`;
      return [{ kind, key, detail }];
    });
  });
