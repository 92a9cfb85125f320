import { describe, expect, it } from 'vitest';
import { parseProperties } from '../../../src/app/properties.ts';

const read = (text: string): Record<string, string> => Object.fromEntries(parseProperties(text));

describe('parseProperties', () => {
  it('takes =, : and blanks as the end of a key', () => {
    expect(read('a=1\nb: 2\nc 3\nd = 4')).toEqual({ a: '1', b: '2', c: '3', d: '4' });
  });

  it('leaves out comments and empty lines', () => {
    expect(read('# a=1\n  ! b=2\n\n   \nc=3')).toEqual({ c: '3' });
  });

  it('lets the later of two lines with one key win', () => {
    expect(read('a=1\na=2')).toEqual({ a: '2' });
  });

  it('keeps = and : inside a value', () => {
    expect(read('listeners=CLIENT://h:1,PEER://h:2=')).toEqual({
      listeners: 'CLIENT://h:1,PEER://h:2=',
    });
  });

  it('joins a line that ends in a backslash with the next, less its indent', () => {
    expect(read('a=1,\\\n    2\nb=3')).toEqual({ a: '1,2', b: '3' });
  });

  it('does not take an escaped backslash at the end for a continuation', () => {
    expect(read('a=c:\\\\\nb=3')).toEqual({ a: 'c:\\', b: '3' });
  });

  it('reads escapes, in keys as well', () => {
    expect(read('a\\ b=\\u0041\\t.\\q')).toEqual({ 'a b': 'A\t.q' });
  });

  it('reads lines that end in CR LF', () => {
    expect(read('a=1\r\nb=2\r\n')).toEqual({ a: '1', b: '2' });
  });

  it('names the line of an escape that is cut short', () => {
    expect(() => read('a=1\nb=\\u12')).toThrow(/line 2: \\u needs four hex digits/);
  });

  it('gives a key without a value the empty text', () => {
    expect(read('a\nb=')).toEqual({ a: '', b: '' });
  });
});
