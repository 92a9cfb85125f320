import { describe, expect, it } from 'vitest';
import { collectionsOf, metricOf, upkeepOf } from '../../../bench/upkeep.ts';

const PAGE = `# HELP nodejs_gc_duration_seconds a
nodejs_gc_duration_seconds_sum{kind="minor"} 0.25
nodejs_gc_duration_seconds_sum{kind="major"} 1.5
nodejs_gc_duration_seconds_sum_of_another 9
nodejs_eventloop_lag_p99_seconds 0.0125
`;

describe('upkeepOf', () => {
  it('tells what each broker used meanwhile, and the processor time of all a GB', () => {
    const before = [
      { cpuSeconds: 1, inBytes: 5e6, outBytes: 1e6, syncCount: 3 },
      { cpuSeconds: 2, inBytes: 0, outBytes: 0, syncCount: 0 },
    ];
    const after = [
      { cpuSeconds: 2, inBytes: 15e6, outBytes: 3e6, syncCount: 13 },
      { cpuSeconds: 5, inBytes: 7e6, outBytes: 9e6, syncCount: 2 },
    ];

    expect(upkeepOf(before, after, 2e9)).toEqual({
      broker1CpuSeconds: 1,
      broker1InMb: 10,
      broker1OutMb: 2,
      broker2CpuSeconds: 3,
      broker2InMb: 7,
      broker2OutMb: 9,
      cpuSecondsPerGb: 2,
      syncCount: 12,
    });
  });

  it('leaves out what one of the brokers does not tell', () => {
    const use = { cpuSeconds: 0, inBytes: 0, outBytes: 0 };
    const after = [{ ...use, gcSeconds: 1 }, use];

    expect(upkeepOf([use, use], after, 1)).not.toHaveProperty('gcPercentOfCpu');
  });

  it('gives the collector’s time as a share of the processor’s', () => {
    const before = { cpuSeconds: 0, inBytes: 0, outBytes: 0, gcSeconds: 1 };
    const after = { ...before, cpuSeconds: 4, gcSeconds: 2 };

    expect(upkeepOf([before], [after], 1)).toMatchObject({ gcPercentOfCpu: 25 });
  });
});

describe('metricOf', () => {
  it('adds up a metric over its labels, and no other of a longer name', () => {
    expect(metricOf(PAGE, 'nodejs_gc_duration_seconds_sum')).toBe(1.75);
    expect(metricOf(PAGE, 'nodejs_eventloop_lag_p99_seconds')).toBe(0.0125);
  });

  it('is 0 for a metric that is not there', () => {
    expect(metricOf(PAGE, 'ottla_log_syncs_total')).toBe(0);
  });
});

describe('collectionsOf', () => {
  it('counts young, full and concurrent collections of what jstat prints', () => {
    const table = [
      '    S0C         S1C     YGC     YGCT     FGC    FGCT     CGC    CGCT       GCT   ',
      '       0.0     4096.0     52     0.155     1     0.020    12     0.016     0.191',
    ].join('\n');

    expect(collectionsOf(table)).toEqual({ gcCount: 65, gcSeconds: 0.191 });
  });
});
