import { OttlaError } from '../../src/base/errors.ts';
import type { Codec, StreamMethod, UnaryMethod } from '../../src/base/method.ts';

/** What the transport's suite sends: a word that steers the handler, and a body. */
export interface Note {
  readonly word: string;
  readonly body?: string;
}

const noteCodec: Codec<Note> = {
  typeName: 'test.Note',
  encode: (note) => new TextEncoder().encode(JSON.stringify(note)),
  decode: (bytes) => {
    const note: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof note === 'object' && note !== null && 'word' in note) return note as Note;
    throw new OttlaError('INVALID_REQUEST', 'these bytes are no note');
  },
};

export const askMethod: UnaryMethod<Note, Note> = {
  kind: 'unary',
  service: 'ottla.test.Notes',
  name: 'Ask',
  request: noteCodec,
  response: noteCodec,
};

export const exchangeMethod: StreamMethod<Note, Note> = {
  kind: 'stream',
  service: 'ottla.test.Notes',
  name: 'Exchange',
  up: noteCodec,
  down: noteCodec,
};
