import { CommanderError } from 'commander';
import { OttlaError } from '../base/errors.ts';

export const STATUS_OK = 0;
export const STATUS_FAILURE = 1;
export const STATUS_USAGE = 2;

/** The command line itself was wrong: status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Commander's way to end after it has printed help or the version. */
const DISPLAYED: readonly string[] = ['commander.helpDisplayed', 'commander.version'];

const isDisplayed = (error: unknown): boolean =>
  error instanceof CommanderError && DISPLAYED.includes(error.code);

/** 0 after help and version, 2 for a wrong command line, else 1. */
export const exitStatusOf = (error: unknown): number => {
  if (isDisplayed(error)) return STATUS_OK;
  if (error instanceof CommanderError || error instanceof UsageError) return STATUS_USAGE;
  return STATUS_FAILURE;
};

/** What is said of an error: one line; with `withStack` the stack as well. */
export const describeFailure = (error: unknown, withStack = false): string[] => {
  // Commander has said what is wrong already.
  if (error instanceof CommanderError) return [];
  const lines = [`ottla: ${oneLine(messageOf(error))}`];
  if (withStack && error instanceof Error) lines.push(error.stack ?? '');
  return lines;
};

/** The system's own name of an error says more than our code for it. */
const SYSTEM_NAME_AT_END = /\(E[A-Z0-9]+\)$/;

const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof OttlaError) || error.code === 'CONFIG') return error.message;
  if (SYSTEM_NAME_AT_END.test(error.message)) return error.message;
  return `${error.message} (${error.code})`;
};

const oneLine = (text: string): string => text.trim().replace(/\s*[\r\n]+\s*/g, '; ');
