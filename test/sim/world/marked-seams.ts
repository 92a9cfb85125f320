import type { Meter } from '../../../src/env/meter.ts';
import { silentMeter } from '../../../src/env/meter.ts';
import type { Transport } from '../../../src/env/transport.ts';

/** Who is told that something rare was met. */
export interface Marks {
  mark(name: string): void;
}

/** What a node counts anyway, by the mark it leaves here. */
const COUNTED: ReadonlyMap<string, string> = new Map([
  ['ottla_broker_duplicatebatches_total', 'produce.duplicate'],
]);

/** A meter of which a few counters are marks, and the others nothing. */
export const markedMeter = (marks: Marks): Meter => ({
  ...silentMeter,
  counter: (options) => {
    const mark = COUNTED.get(options.name);
    return mark === undefined ? silentMeter.counter(options) : { add: () => marks.mark(mark) };
  },
});

/** A transport that marks each stream of its own for a follower that is far behind. */
export const markedTransport = (transport: Transport, marks: Marks): Transport => ({
  call: (address, method, message) => transport.call(address, method, message),
  open: (address, method, options) => {
    if (options.lane === 'catchup') marks.mark('lane.catchup');
    return transport.open(address, method, options);
  },
  listen: (address, handlers) => transport.listen(address, handlers),
  close: () => transport.close(),
});
