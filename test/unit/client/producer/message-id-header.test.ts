import { describe, expect, it } from 'vitest';
import {
  messageIdHeaders,
  withoutMessageId,
} from '../../../../src/client/producer/message-id-header.ts';

const MINE = { key: 'mine', value: Buffer.from('1') };

describe('the id of a record', () => {
  it('is its header message-id, behind its own', () => {
    const headers = messageIdHeaders('é', [MINE], 't');

    expect(headers).toEqual([MINE, { key: 'message-id', value: Buffer.from('é') }]);
    expect(messageIdHeaders(undefined, [MINE], 't')).toEqual([MINE]);
  });

  it.each([
    ['', 'empty'],
    [7 as unknown as string, 'number'],
    ['é'.repeat(129), '258 bytes'],
    ['a\ud800', 'lone surrogate'],
  ])('%j is refused before it is sent', (messageId, reason) => {
    expect(() => messageIdHeaders(messageId, [], 't')).toThrow(reason);
  });

  it('is refused beside the header', () => {
    const headers = [{ key: 'message-id', value: Buffer.from('1') }];

    expect(() => messageIdHeaders('2', headers, 't')).toThrow('give one of them');
  });

  it('is left out of what is to be appended once more', () => {
    const headers = messageIdHeaders('1', [MINE], 't');

    expect(withoutMessageId(headers)).toEqual([MINE]);
  });
});
