import type { LogFields, Logger } from '../../../src/env/logger.ts';

export type LogSink = (level: string, message: string, fields: LogFields) => void;

/** Hands every line to `sink`, with the fields of its parents. */
export const tracedLogger = (sink: LogSink, own: LogFields = {}): Logger => {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void =>
      sink(level, message, { ...own, ...fields });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => tracedLogger(sink, { ...own, ...fields }),
  };
};
