import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { describeErrno } from './disk-error.ts';

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

const EXIT_BASE = 128;
const SIGNAL_NUMBERS: Readonly<Record<StopSignal, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/** The words after the program's name. */
export const programArguments = (): string[] => process.argv.slice(2);

export const environment = (): Readonly<Record<string, string | undefined>> => process.env;

export const isTerminal = (stream: 'stdin' | 'stdout' | 'stderr'): boolean =>
  process[stream].isTTY === true;

/** Columns of the terminal, or the fallback where the output is none. */
export const terminalColumns = (fallback = 80): number => process.stdout.columns ?? fallback;

/** Status for the natural end of the process; nothing is cut off. */
export const setExitStatus = (status: number): void => {
  process.exitCode = status;
};

/** Ends the process at once. */
export const exitNow = (status: number): never => process.exit(status);

/**
 * Calls `stop` once, at the first request to end. A second request ends the process at once, for
 * a stop that hangs.
 */
export const onStopSignal = (stop: (signal: StopSignal) => void): void => {
  let isStopping = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (isStopping) exitNow(EXIT_BASE + SIGNAL_NUMBERS[signal]);
      isStopping = true;
      stop(signal);
    });
  }
};

/**
 * Calls `end` once standard input has ended: whoever held its other end is gone. Listening keeps
 * the process alive until the returned function is called.
 */
export const onInputEnd = (end: () => void): (() => void) => {
  process.stdin
    .once('close', end)
    .on('error', () => {})
    .resume();
  return () => void process.stdin.off('close', end).destroy();
};

/** Where errors end that nothing caught: the node must log them and stop. */
export const onUncaught = (handle: (error: unknown) => void): void => {
  process.on('uncaughtException', handle);
  process.on('unhandledRejection', handle);
};

/** Bytes of standard input, or of a file. */
export const readInput = (file?: string): AsyncIterable<Uint8Array> =>
  file === undefined ? process.stdin : createReadStream(file);

/**
 * Writes to standard output and resolves once it has taken the bytes, so that a slow reader slows
 * the writer. Ends the process as `guardOutput` has it.
 */
export const writeOut = async (data: string | Uint8Array): Promise<void> => {
  guardOutput();
  if (!process.stdout.write(data)) await once(process.stdout, 'drain');
};

/** Writes a line for people to standard error. */
export const writeError = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

let isOutputGuarded = false;

/**
 * From now on a reader of standard output that has gone (`| head`) ends the process without a word;
 * an output that takes no more, such as a full disk, ends it with status 1 and one line.
 */
export const guardOutput = (): void => {
  if (isOutputGuarded) return;
  isOutputGuarded = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') exitNow(0);
    const why = error.code === undefined ? error.message : describeErrno(error.code);
    writeError(`ottla: writing to standard output: ${why}`);
    exitNow(1);
  });
  // Whoever read the errors has gone, too: there is nobody left to tell.
  process.stderr.on('error', () => {});
};
