import { describe, expect, it } from 'vitest';
import type { Meter } from '../../src/env/meter.ts';
import { silentMeter } from '../../src/env/meter.ts';
import { PromMeter } from '../../src/platform/prom-meter.ts';

const subjects: Readonly<Record<string, () => Meter>> = {
  'the silent meter': () => silentMeter,
  'the prom-client meter': () => new PromMeter({ process: false }),
};

describe.each(Object.entries(subjects))('%s', (_name, makeMeter) => {
  it('takes updates with and without labels', () => {
    const meter = makeMeter();
    const counter = meter.counter({ name: 'c_total', help: 'c', labelNames: ['topic'] });
    const histogram = meter.histogram({ name: 'h', help: 'h', buckets: [1, 10] });

    expect(() => {
      counter.add(1, { topic: 't' });
      histogram.observe(3);
      meter.gauge({ name: 'g', help: 'g' }, () => [{ value: 1 }]);
    }).not.toThrow();
  });

  it('gives the same metric when asked twice', () => {
    const meter = makeMeter();
    const options = { name: 'c_total', help: 'c' };

    expect(() => {
      meter.counter(options).add(1);
      meter.counter(options).add(1);
    }).not.toThrow();
  });
});
