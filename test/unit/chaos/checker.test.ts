import { describe, expect, it } from 'vitest';
import type { AnomalyKind } from '../../chaos/checker/anomaly.ts';
import { checkHistory } from '../../chaos/checker/check.ts';
import type { Operation, PollOperation, SendOperation, Sent } from '../../chaos/checker/history.ts';
import { randomHistory } from './random-history.ts';

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);

const kindsOf = (operations: readonly Operation[]): Set<AnomalyKind> =>
  new Set(checkHistory(operations).map(({ kind }) => kind));

const isPoll = (operation: Operation): operation is PollOperation => operation.f === 'poll';
const isSend = (operation: Operation): operation is SendOperation => operation.f === 'send';

/** The history with every record of the reader's polls passed through `change`. */
const withPolls = (
  operations: readonly Operation[],
  change: (records: Array<readonly [number, string]>, poll: PollOperation) => void,
): Operation[] =>
  operations.map((operation) => {
    if (!isPoll(operation)) return operation;
    const polled = operation.polled.map(({ key, records }) => {
      const changed = [...records];
      change(changed, operation);
      return { key, records: changed };
    });
    return { ...operation, polled };
  });

/** An acknowledged send that is not the last of its key. */
const acknowledged = (operations: readonly Operation[]): SendOperation => {
  const found = operations.filter(isSend).find(({ type }) => type === 'ok');
  if (found === undefined) throw new Error('the history has an acknowledged send');
  return found;
};

const offsetOf = (sent: Sent | undefined): { offset?: number } =>
  sent?.offset === undefined ? {} : { offset: sent.offset };

const sentValue = (operation: SendOperation): string => operation.sent[0]?.value ?? '';

describe('the checker', () => {
  it.each(SEEDS)('finds nothing in a clean history (seed %i)', (seed) => {
    const { operations } = randomHistory(seed);

    expect(checkHistory(operations)).toEqual([]);
  });

  it.each(SEEDS)('names a lost write: acknowledged, and read by nobody (seed %i)', (seed) => {
    const { operations } = randomHistory(seed);
    const lost = sentValue(acknowledged(operations));

    const mutated = withPolls(operations, (records) => {
      const at = records.findIndex(([, value]) => value === lost);
      if (at >= 0) records.splice(at, 1);
    });

    expect(kindsOf(mutated)).toContain('lost-write');
    expect(kindsOf(mutated)).toContain('unseen');
  });

  it.each(SEEDS)('names a lost tail: nothing behind it was read either (seed %i)', (seed) => {
    const { operations } = randomHistory(seed);
    const last = operations.filter(isSend).findLast(({ type }) => type === 'ok');
    const lost = last === undefined ? '' : sentValue(last);

    const mutated = withPolls(operations, (records) => {
      const at = records.findIndex(([, value]) => value === lost);
      if (at >= 0) records.splice(at);
    });

    expect(kindsOf(mutated)).toContain('unseen');
  });

  it.each(SEEDS)('names a duplicate: one value at two offsets (seed %i)', (seed) => {
    const { operations } = randomHistory(seed);

    const mutated = withPolls(operations, (records, { process }) => {
      const last = records.at(-1);
      if (last !== undefined && process === 'final') records.push([1000, last[1]]);
    });

    expect(kindsOf(mutated)).toContain('duplicate');
  });

  it.each(SEEDS)('names an inconsistent offset: another value for one reader (seed %i)', (seed) => {
    const { operations } = randomHistory(seed);

    const mutated = withPolls(operations, (records, { process }) => {
      const first = records[0];
      if (first !== undefined && process === 'early') records[0] = [first[0], 'stranger'];
    });

    expect(kindsOf(mutated)).toContain('inconsistent-offsets');
  });

  it('names a send whose acknowledged place holds another value', () => {
    const { operations } = randomHistory(2);
    const send = acknowledged(operations);
    const other = operations
      .filter(isSend)
      .find(
        ({ type, sent }) =>
          type === 'ok' && sent[0]?.key === send.sent[0]?.key && sent !== send.sent,
      );

    const mutated = operations.map((operation): Operation => {
      const offset = other?.sent[0]?.offset ?? 0;
      return operation === send
        ? { ...send, sent: send.sent.map((one) => ({ ...one, offset })) }
        : operation;
    });

    expect(kindsOf(mutated)).toContain('inconsistent-offsets');
  });

  it.each(SEEDS)('names an aborted read: a value that surely failed (seed %i)', (seed) => {
    const { operations } = randomHistory(seed);
    const send = acknowledged(operations);

    const mutated = operations.map(
      (operation): Operation => (operation === send ? { ...send, type: 'fail' } : operation),
    );

    expect(kindsOf(mutated)).toContain('G1a');
  });

  it.each(SEEDS)('names a skip between two polls of one reader (seed %i)', (seed) => {
    const { operations } = randomHistory(seed);
    const polls = operations.filter(isPoll).filter(({ process }) => process === 'final');
    const left = polls[1];

    const mutated = operations.filter((operation) => operation !== left);

    expect(kindsOf(mutated)).toContain('poll-skip');
  });

  it.each(SEEDS)('names a poll that goes back (seed %i)', (seed) => {
    const { operations } = randomHistory(seed);
    const first = operations.filter(isPoll).find(({ process }) => process === 'final');

    const mutated = operations.flatMap((operation) =>
      operation === first ? [operation, operation] : [operation],
    );

    expect(kindsOf(mutated)).toContain('nonmonotonic-poll');
  });

  it('allows another process to begin again, and no process that was only assigned anew', () => {
    const { operations } = randomHistory(4);
    const again = operations.filter(({ process }) => process === 'final');
    const byOther = again.map((operation) => ({ ...operation, process: 'final.2' }));

    expect(checkHistory([...operations, ...byOther])).toEqual([]);
    expect(kindsOf([...operations, ...again])).toContain('nonmonotonic-poll');
  });

  it('forgets where a process stood in a key that it was not assigned for a while', () => {
    const reads = (...operations: Array<readonly string[] | readonly [number, string]>) =>
      operations.map((operation, index): Operation => {
        const common = { index, timeMs: 1, process: 'r', type: 'ok' } as const;
        return typeof operation[0] === 'number'
          ? {
              ...common,
              f: 'poll',
              polled: [{ key: 't-0', records: [operation as [number, string]] }],
            }
          : { ...common, f: 'assign', keys: operation as readonly string[] };
      });
    const between = (...keys: string[]) =>
      reads(['t-0'], [0, 'a'], [1, 'b'], keys, ['t-0'], [0, 'a']);

    expect(checkHistory(between('t-1'))).toEqual([]);
    expect(kindsOf(between('t-0', 't-1'))).toContain('nonmonotonic-poll');
  });

  it.each(['fail', 'info'] as const)('believes what a poll of outcome %s was shown', (type) => {
    const { operations } = randomHistory(6);
    const poll = operations.filter(isPoll).find(({ process }) => process === 'final');
    const [polled] = poll?.polled ?? [];
    const records = [[polled?.records[0]?.[0] ?? 0, 'stranger'] as const];
    const shown = { ...poll, type, polled: [{ key: polled?.key ?? '', records }] } as PollOperation;

    expect(kindsOf([...operations, shown])).toEqual(new Set(['inconsistent-offsets']));
  });

  it.each(['fail', 'info'] as const)('lets a poll of outcome %s be repeated', (type) => {
    const { operations } = randomHistory(6);

    const mutated = operations.flatMap((operation) =>
      isPoll(operation) && operation.type === 'ok'
        ? [{ ...operation, type } as PollOperation, operation]
        : [operation],
    );

    expect(checkHistory(mutated)).toEqual([]);
  });

  it('names the lost part of a send of unknown outcome, of which another part was read', () => {
    const sent = [
      { key: 't-0', value: 'a' },
      { key: 't-1', value: 'b', offset: 0 },
    ];
    const send = { timeMs: 1, process: 'w', f: 'send', sent } as const;
    const poll = (index: number, key: string, record: readonly [number, string]): Operation => {
      const polled = [{ key, records: [record] }];
      return { index, timeMs: 2, process: 'r', f: 'poll', type: 'ok', polled };
    };

    const operations: Operation[] = [
      { ...send, index: 0, type: 'invoke' },
      { ...send, index: 1, type: 'info', invocation: 0 },
      poll(2, 't-0', [0, 'a']),
      poll(3, 't-1', [1, 'c']),
    ];

    expect(kindsOf(operations)).toEqual(new Set(['lost-write']));
    expect(kindsOf(operations.filter(({ index }) => index !== 2))).toEqual(new Set());
  });

  it.each(SEEDS)('names a skip and a step back within one poll (seed %i)', (seed) => {
    const { operations } = randomHistory(seed);
    const acked = new Set(
      operations
        .filter(isSend)
        .flatMap(({ type, sent }) => (type === 'ok' ? sent : []))
        .map(({ value }) => value),
    );
    // What nobody else was told of would leave no gap behind.
    const long = operations.filter(isPoll).find(({ process, polled }) => {
      const records = polled[0]?.records ?? [];
      return process === 'final' && records.length > 2 && acked.has(records[1]?.[1] ?? '');
    });

    const skipped = withPolls(operations, (records, poll) => {
      if (poll === long) records.splice(1, 1);
    });
    const turned = withPolls(operations, (records, poll) => {
      if (poll === long) records.reverse();
    });

    expect(kindsOf(skipped)).toContain('int-poll-skip');
    expect(kindsOf(turned)).toContain('int-nonmonotonic-poll');
  });

  it.each(SEEDS)('names a log that turns round the sends of one process (seed %i)', (seed) => {
    const { operations } = randomHistory(seed);
    const oks = operations
      .filter(isSend)
      .filter(({ type, process, sent }) => type === 'ok' && process === 'w0' && sent.length === 1)
      .filter(({ sent }) => sent[0]?.key === 't-0');
    const sends = oks.sort((a, b) => (a.invocation ?? 0) - (b.invocation ?? 0));
    const [early, late] = [sends[0], sends.at(-1)].map((it) => it?.sent[0]);
    const turned = new Map([
      [early?.value, late],
      [late?.value, early],
    ]);

    // Wherever one of both is seen, the other stands.
    const mutated = operations.map((operation): Operation => {
      if (isSend(operation) && operation.type === 'ok') {
        const sent = operation.sent.map((it) => ({ ...it, ...offsetOf(turned.get(it.value)) }));
        return { ...operation, sent };
      }
      if (!isPoll(operation)) return operation;
      const polled = operation.polled.map(({ key, records }) => ({
        key,
        records: records.map(
          ([offset, value]) => [offset, turned.get(value)?.value ?? value] as const,
        ),
      }));
      return { ...operation, polled };
    });

    expect(early).not.toBe(late);
    expect(kindsOf(mutated)).toEqual(new Set(['nonmonotonic-send']));
  });

  it('names two sends of one process that stand the other way round', () => {
    const send = (value: string, offset: number, index: number): Operation[] => {
      const sent = [{ key: 't-0', value, offset }];
      const invoke = { index, timeMs: 1, process: 'w', f: 'send', type: 'invoke', sent } as const;
      return [invoke, { ...invoke, index: index + 1, type: 'ok', invocation: index }];
    };

    expect(kindsOf([...send('a', 4, 0), ...send('b', 5, 2)])).not.toContain('nonmonotonic-send');
    expect(kindsOf([...send('a', 5, 0), ...send('b', 4, 2)])).toContain('nonmonotonic-send');
  });

  it('holds a send of unknown outcome that was read to its place in the order', () => {
    const { operations } = randomHistory(7);
    const isTold = new Set(operations.filter(isSend).map(({ invocation }) => invocation));
    const writes = operations.filter(isSend).filter(({ type, process, sent, index }) => {
      const [first] = sent;
      return type === 'invoke' && process === 'w0' && first?.key === 't-0' && isTold.has(index);
    });
    const [early, late] = [writes[0], writes.at(-1)];
    const inLog = operations
      .filter(isPoll)
      .flatMap(({ polled }) => polled.flatMap((it) => it.records));
    const isRead = (send: SendOperation | undefined): boolean =>
      inLog.some(([, value]) => value === send?.sent[0]?.value);

    const swapped = operations.map((operation): Operation => {
      if (!isSend(operation)) return operation;
      const other =
        operation.index === early?.index || operation.invocation === early?.index
          ? late
          : operation.index === late?.index || operation.invocation === late?.index
            ? early
            : undefined;
      if (other === undefined) return operation;
      const type = operation.type === 'invoke' ? 'invoke' : 'info';
      return { ...operation, type, sent: other.sent.map(({ key, value }) => ({ key, value })) };
    });

    expect([isRead(early), isRead(late)]).toEqual([true, true]);
    expect(kindsOf(swapped)).toContain('nonmonotonic-send');
  });

  it('names a log that turns round the records of one send', () => {
    const timeMs = 1;
    const process = 'w';
    const sent = (first: number, second: number) => [
      { key: 't-0', value: 'a', offset: first },
      { key: 't-0', value: 'b', offset: second },
    ];
    const invoke = {
      index: 0,
      timeMs,
      process,
      f: 'send',
      type: 'invoke',
      sent: sent(0, 1),
    } as const;
    const ok = { ...invoke, index: 1, type: 'ok', invocation: 0 } as const;

    expect(kindsOf([invoke, { ...ok, sent: sent(4, 5) }])).not.toContain('int-nonmonotonic-send');
    expect(kindsOf([invoke, { ...ok, sent: sent(5, 4) }])).toContain('int-nonmonotonic-send');
  });
});
