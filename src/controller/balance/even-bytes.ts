import { lowest } from '../rank.ts';
import type { Layout, Load, Placed } from './layout.ts';
import { meanOf, spreadOf } from './layout.ts';

/** Replicas looked at on either side of an exchange: the largest here, the smallest there. */
const CANDIDATES_MAX = 50;
/** Of what an exchange copies, so much must be what it evens out. */
const WORTH_MIN = 0.25;
/** Of the difference between two brokers, so much must an exchange take away. */
const GAIN_MIN = 0.05;

/** One replica goes from the fuller broker, and perhaps one comes back. */
interface Exchange {
  readonly from: Load;
  readonly to: Load;
  readonly given: Placed;
  readonly taken: Placed | undefined;
}

/**
 * Evens out bytes, and leaves replicas as even as they are: a replica goes alone only to a broker
 * with fewer, else two change places.
 */
export const evenBytes = (layout: Layout): void => {
  const { share, bytes } = layout.tolerance;
  const all = (): number[] => layout.takers.map((load) => load.bytes);
  const limit = Math.max(bytes, share * meanOf(all()));
  if (spreadOf(all()) <= limit) return;
  while (!layout.isFull && spreadOf(all()) > limit / 2) {
    const exchange = findExchange(layout, limit / 2);
    if (exchange === undefined) return;
    const { from, to, given, taken } = exchange;
    layout.apply({ placed: given, from, to });
    if (taken !== undefined) layout.apply({ placed: taken, from: to, to: from });
  }
};

/** Between the two that are furthest apart and have one. */
const findExchange = (layout: Layout, limit: number): Exchange | undefined => {
  const pairs = layout.takers
    .flatMap((from) => layout.takers.map((to) => ({ from, to, gap: from.bytes - to.bytes })))
    .filter(({ gap }) => gap > limit)
    .sort((a, b) => b.gap - a.gap);
  for (const { from, to } of pairs) {
    const exchange = bestExchange(layout, from, to);
    if (exchange !== undefined) return exchange;
  }
  return undefined;
};

const bestExchange = (layout: Layout, from: Load, to: Load): Exchange | undefined => {
  const gap = from.bytes - to.bytes;
  const bySize = (a: Placed, b: Placed): number => a.weightBytes - b.weightBytes || a.at - b.at;
  const largest = [...from.held]
    .filter((placed) => placed.weightBytes > 0 && layout.allows({ placed, from, to }))
    .sort((a, b) => bySize(b, a))
    .slice(0, CANDIDATES_MAX);
  const smallest: (Placed | undefined)[] = [...to.held]
    .filter((placed) => layout.allows({ placed, from: to, to: from }))
    .sort(bySize)
    .slice(0, CANDIDATES_MAX);
  if (from.held.size > to.held.size) smallest.unshift(undefined);
  const exchanges = largest.flatMap((given) =>
    smallest.map((taken): Exchange => ({ from, to, given, taken })),
  );
  return lowest(
    exchanges.filter((exchange) => isWorthIt(exchange, gap)),
    (exchange) => [Math.abs(gap / 2 - netBytes(exchange)), copiedBytes(exchange)],
  );
};

const netBytes = ({ given, taken }: Exchange): number =>
  given.weightBytes - (taken?.weightBytes ?? 0);

const copiedBytes = ({ given, taken }: Exchange): number =>
  given.weightBytes + (taken?.weightBytes ?? 0);

const isWorthIt = (exchange: Exchange, gap: number): boolean => {
  const net = netBytes(exchange);
  return Math.min(net, gap - net) >= GAIN_MIN * gap && net >= WORTH_MIN * copiedBytes(exchange);
};
