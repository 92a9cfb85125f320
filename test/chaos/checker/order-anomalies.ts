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
  /** The last value that each process read of each key since it was assigned. */
  const positions = new Map<string, string>();
  for (const operation of history.operations) {
    const { process } = operation;
    if (operation.f === 'assign') {
      for (const key of operation.keys) positions.delete(`${process} ${key}`);
    }
    if (operation.f !== 'poll' || operation.type !== 'ok') continue;
    for (const { key, records } of operation.polled) {
      const at = `${process} ${key}`;
      let last = positions.get(at);
      let verdict = between;
      for (const [, value] of records) {
        if (last !== undefined)
          anomalies.push(...judge(history, operation, { key, last, value, verdict }));
        last = value;
        verdict = within;
      }
      if (last !== undefined) positions.set(at, last);
    }
  }
  return anomalies;
};

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
      // Only what was acknowledged has an order that anybody was promised.
      if (write.type !== 'ok' || index === undefined) return [];
      const before = last.get(write.process);
      last.set(write.process, write);
      if (before === undefined || index > (log.firstIndexOf(before.value) ?? -1)) return [];
      const isSame = before.invokedAt === write.invokedAt;
      const kind = isSame ? 'int-nonmonotonic-send' : 'nonmonotonic-send';
      const detail = `${write.process} sent ${before.value}, then ${write.value}: the log turns it`;
      return [{ kind, key, detail }];
    });
  });
