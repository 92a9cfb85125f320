import { describe, expect, it } from 'vitest';
import { PromMeter } from '../../../src/platform/prom-meter.ts';

const linesOf = async (meter: PromMeter): Promise<string[]> => {
  const page = await meter.render();
  return page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
};

describe('the prom-client meter', () => {
  it('shows updates from before and after the first scrape', async () => {
    const meter = new PromMeter({ process: false });
    const counter = meter.counter({ name: 'c_total', help: 'c', labelNames: ['topic'] });
    counter.add(2, { topic: 't' });
    await meter.render();

    counter.add(3, { topic: 't' });

    expect(await linesOf(meter)).toEqual(['c_total{topic="t"} 5']);
  });

  it('adds up what two holders of one counter count', async () => {
    const meter = new PromMeter({ process: false });
    meter.counter({ name: 'c_total', help: 'c' }).add(1);

    meter.counter({ name: 'c_total', help: 'c' }).add(1);

    expect(await linesOf(meter)).toEqual(['c_total 2']);
  });

  it('counts by all labels of a counter, before and after a scrape', async () => {
    const meter = new PromMeter({ process: false });
    const counter = meter.counter({ name: 'c_total', help: 'c', labelNames: ['a', 'b'] });
    counter.add(1, { a: 'x', b: 'y' });
    counter.add(2, { b: 'z', a: 'x' });
    await meter.render();
    counter.add(3, { a: 'x', b: 'y' });

    expect(await linesOf(meter)).toEqual(['c_total{a="x",b="y"} 4', 'c_total{b="z",a="x"} 2']);
  });

  it('counts all once, though an addition by a label that is not declared fails a scrape', async () => {
    const meter = new PromMeter({ process: false });
    const counter = meter.counter({ name: 'c_total', help: 'c', labelNames: ['a'] });
    counter.add(1, { a: 'x' });
    counter.add(1, { other: 'y' });
    counter.add(1, { a: 'z' });
    await expect(meter.render()).rejects.toThrow(/other/);

    expect(await linesOf(meter)).toEqual(['c_total{a="x"} 1', 'c_total{a="z"} 1']);
  });

  it('sorts observations into the buckets given', async () => {
    const meter = new PromMeter({ process: false });
    const histogram = meter.histogram({ name: 'h', help: 'h', buckets: [1, 10] });

    for (const value of [0.5, 5, 50]) histogram.observe(value);

    expect(await linesOf(meter)).toEqual([
      'h_bucket{le="1"} 1',
      'h_bucket{le="10"} 2',
      'h_bucket{le="+Inf"} 3',
      'h_sum 55.5',
      'h_count 3',
    ]);
  });

  it('reads a gauge at each scrape and forgets labels that are gone', async () => {
    const meter = new PromMeter({ process: false });
    let topic = 'a';
    meter.gauge({ name: 'g', help: 'g', labelNames: ['topic'] }, () => [
      { value: 1, labels: { topic } },
    ]);
    const before = await linesOf(meter);
    topic = 'b';

    expect([before, await linesOf(meter)]).toEqual([['g{topic="a"} 1'], ['g{topic="b"} 1']]);
  });

  it('reads a gauge by the last reader given', async () => {
    const meter = new PromMeter({ process: false });
    meter.gauge({ name: 'g', help: 'g' }, () => [{ value: 1 }]);

    meter.gauge({ name: 'g', help: 'g' }, () => [{ value: 2 }]);

    expect(await linesOf(meter)).toEqual(['g 2']);
  });

  it('leaves out a gauge that cannot be read, and counts it', async () => {
    const meter = new PromMeter({ process: false });
    meter.gauge({ name: 'bad', help: 'g' }, () => {
      throw new Error('broken');
    });
    meter.gauge({ name: 'good', help: 'g' }, () => [{ value: 1 }]);
    await meter.render();

    expect(await linesOf(meter)).toContain('good 1');
    expect(await linesOf(meter)).toContain('ottla_metric_read_failures_total{metric="bad"} 3');
  });

  it('shows the process where asked', async () => {
    const meter = new PromMeter();

    expect(await meter.render()).toContain('nodejs_eventloop_lag_seconds');
  });

  it('refuses one name for two kinds', () => {
    const meter = new PromMeter({ process: false });
    meter.counter({ name: 'x', help: 'x' });

    expect(() => meter.gauge({ name: 'x', help: 'x' }, () => [])).toThrow('metric x');
  });
});
