import type { Logger as Pino } from 'pino';
import type { LogFields, Logger } from '../env/logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface PinoLoggerOptions {
  readonly level?: LogLevel;
  /** Where lines go; standard error is right for commands whose standard output is data. */
  readonly destination?: 'stdout' | 'stderr';
  /** Text for people in place of JSON; by default where the destination is a terminal. */
  readonly pretty?: boolean;
  /** On every line. */
  readonly fields?: LogFields;
}

/**
 * A logger on pino. Lines are written at once, so that those before a crash are there. Loads pino,
 * and pino-pretty, only when called: a command that logs nothing does not pay for them.
 */
export const pinoLogger = async (options: PinoLoggerOptions = {}): Promise<Logger> => {
  const { default: pino } = await import('pino');
  const stream = options.destination === 'stderr' ? process.stderr : process.stdout;
  const isPretty = options.pretty ?? stream.isTTY === true;
  const destination = isPretty
    ? await prettyDestination(stream.fd)
    : pino.destination({ dest: stream.fd, sync: true });
  const logger = pino(
    { level: options.level ?? 'info', base: null, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  );
  return new PinoLogger(options.fields === undefined ? logger : logger.child(options.fields));
};

const prettyDestination = async (fd: number) => {
  const { default: pretty } = await import('pino-pretty');
  return pretty({ destination: fd, sync: true, translateTime: 'SYS:HH:MM:ss.l' });
};

class PinoLogger implements Logger {
  readonly #pino: Pino;

  constructor(logger: Pino) {
    this.#pino = logger;
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#pino.debug(fields, message);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#pino.info(fields, message);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#pino.warn(fields, message);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#pino.error(fields, message);
  }

  child(fields: LogFields): Logger {
    return new PinoLogger(this.#pino.child(fields));
  }
}
