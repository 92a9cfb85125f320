import { OttlaError } from '../../base/errors.ts';

/**
 * Bytes from a client that are no Kafka message: a lying length, a null where none may be. There is
 * no answer to them on this wire: the connection is closed.
 */
export class DecodeError extends OttlaError {
  override readonly name = 'DecodeError';

  constructor(message: string, options?: { cause?: unknown }) {
    super('CORRUPT_MESSAGE', message, options);
  }
}

/** Runs `decode`; whatever the bytes were guilty of comes out as a `DecodeError` naming `what`. */
export const decoding = <T>(what: () => string, decode: () => T): T => {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof OttlaError)) throw error;
    throw new DecodeError(`${what()}: ${error.message}`, { cause: error });
  }
};
