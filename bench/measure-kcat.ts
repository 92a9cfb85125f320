import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findKcat } from '../test/compat/support/install/kcat.ts';
import { PAYLOADS } from './java-load.ts';
import { undoneAtEnd } from './leavings.ts';
import type { ReadRun } from './measure-consume.ts';
import type { Bench } from './measure-produce.ts';
import { producerProperties } from './measure-produce.ts';
import { usageDuring } from './processes.ts';
import type { Figures } from './result.ts';
import { runQuietly } from './run-quietly.ts';

/** A client in C (librdkafka): writes the lines of a file as records, and reads them all again. */
export const measureKcat = async (bench: Bench, run: ReadRun): Promise<Figures> => {
  await findKcat();
  const { system, topic, row } = run;
  const { recordCount } = row;
  const lines = fileOf(bench.payloadsOf(row.load.recordBytes), recordCount);
  try {
    const common = ['kcat', '-q', '-b', system.bootstrap, '-t', topic];
    const settings = producerProperties(row).flatMap((it) => ['-X', it]);
    const write = () => secondsOf([...common, '-P', '-l', lines.path, ...settings]);
    const read = () => secondsOf([...common, '-C', '-o', 'beginning', '-c', String(recordCount)]);
    const [writeSeconds, written] = await usageDuring(system, write);
    const [readSeconds, wasRead] = await usageDuring(system, read);
    return {
      recordsPerSecond: recordCount / writeSeconds,
      recordsPerCpuSecond: recordCount / written.cpuSeconds,
      readRecordsPerSecond: recordCount / readSeconds,
      readRecordsPerCpuSecond: recordCount / wasRead.cpuSeconds,
    };
  } finally {
    lines.remove();
  }
};

/** From the start of a program to its end, which is that of the last acknowledgement or record. */
const secondsOf = async (command: readonly string[]): Promise<number> => {
  const begunMs = performance.now();
  await runQuietly(command);
  return (performance.now() - begunMs) / 1000;
};

/** The payloads again and again, a line each; the last one ends its line as well. */
const fileOf = (payloads: string, recordCount: number): { path: string; remove: () => void } => {
  const path = join(tmpdir(), `ottla-bench-kcat-${process.pid}`);
  const remove = undoneAtEnd(() => rmSync(path, { force: true }));
  const lines = `${readFileSync(payloads, 'latin1')}\n`;
  for (let count = 0; count < recordCount; count += PAYLOADS) appendFileSync(path, lines);
  return { path, remove };
};
