import type { Operation } from '../../chaos/checker/history.ts';
import type { Judged } from './context.ts';
import { keyOf } from './context.ts';
import type { Tick } from './schedules.ts';

/** Records that were sent to repeat, by value: the times that someone asked to give them. */
export type Repeating = ReadonlyMap<string, ReadonlySet<number>>;

/**
 * The value of one delivery, in the history: no two have the same, for a record that is given an
 * earlier time may come for a tick that it has come for.
 */
export const tickValue = (value: string, { tickMs, nextMs }: Tick, offset: number): string =>
  `${value}@${tickMs}>${nextMs}#${offset}`;

/** As it was sent. */
export const sentValue = (value: string): string => value.split('@')[0] ?? '';

interface Delivery extends Tick {
  readonly offset: number;
  readonly value: string;
}

/**
 * Of topics that are there and keep everything, all of which was read: a tick that does not follow
 * the one before it, which said when it comes, and a delivery of what was surely not sent.
 */
export const findBrokenSchedules = (
  operations: readonly Operation[],
  topics: readonly Judged[],
  repeating: Repeating,
): string[] => {
  if (repeating.size === 0) return [];
  const whole = topics.filter((it) => it.keeps === 'all' && it.deletedAt === undefined);
  const failed = new Set(
    operations.flatMap((operation) =>
      operation.f === 'send' && operation.type === 'fail'
        ? operation.sent.map(({ value }) => value)
        : [],
    ),
  );
  return whole
    .flatMap((topic) => Array.from({ length: topic.partitionCount }, (_, at) => keyOf(topic, at)))
    .flatMap((key) =>
      [...deliveriesOf(operations, key)].flatMap(([value, deliveries]) => [
        ...(failed.has(value) ? [`G1a on ${key}: ${value} failed, and was read`] : []),
        ...brokenIn(key, deliveries, repeating.get(value) ?? new Set()),
      ]),
    );
};

/** By the value that was sent, each in the order of the log. */
const deliveriesOf = (
  operations: readonly Operation[],
  key: string,
): ReadonlyMap<string, readonly Delivery[]> => {
  const byOffset = new Map<number, Delivery>();
  for (const operation of operations) {
    if (operation.f !== 'poll') continue;
    for (const polled of operation.polled) {
      if (polled.key !== key) continue;
      for (const [offset, value] of polled.records) {
        const [, tick, next] = /@(\d+)>(\d+)#/.exec(value) ?? [];
        if (tick === undefined || next === undefined) continue;
        const times = { tickMs: Number(tick), nextMs: Number(next) };
        byOffset.set(offset, { offset, value: sentValue(value), ...times });
      }
    }
  }
  const byValue = new Map<string, Delivery[]>();
  for (const delivery of [...byOffset.values()].sort((a, b) => a.offset - b.offset)) {
    byValue.set(delivery.value, [...(byValue.get(delivery.value) ?? []), delivery]);
  }
  return byValue;
};

const brokenIn = (
  key: string,
  deliveries: readonly Delivery[],
  asked: ReadonlySet<number>,
): string[] =>
  deliveries.flatMap(({ offset, value, tickMs }, at) => {
    const before = deliveries[at - 1];
    if (before === undefined || tickMs === before.nextMs || asked.has(tickMs)) return [];
    const what = `${value} comes for ${tickMs} at ${offset}, and ${before.nextMs} was to be next`;
    return [`tick on ${key}: ${what}`];
  });
