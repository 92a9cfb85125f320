import { describe, expect, it } from 'vitest';
import { onAbort } from '../../../src/env/abort.ts';

/** A signal that counts the listeners it has. */
const countedSignal = () => {
  const controller = new AbortController();
  const { signal } = controller;
  let count = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...words: Parameters<typeof add>) => {
    count += 1;
    add(...words);
  };
  signal.removeEventListener = (...words: Parameters<typeof remove>) => {
    count -= 1;
    remove(...words);
  };
  return { controller, signal, listeners: () => count };
};

describe('onAbort', () => {
  it('is one listener of the signal, however many share it, and none when all have gone', () => {
    const { signal, listeners } = countedSignal();

    const forgets = Array.from({ length: 1000 }, () => onAbort(signal, () => {}));
    const shared = listeners();
    for (const forget of forgets) forget();

    expect(shared).toBe(1);
    expect(listeners()).toBe(0);
  });

  it('tells each once, also the same function, and no one who was forgotten', () => {
    const { controller, signal } = countedSignal();
    const told: string[] = [];
    const one = (): void => void told.push('one');
    onAbort(signal, one);
    const forget = onAbort(signal, one);
    onAbort(signal, () => told.push('two'));
    forget();
    forget();

    controller.abort();

    expect(told).toEqual(['one', 'two']);
  });

  it('takes a listener again after the last one has gone', () => {
    const { controller, signal } = countedSignal();
    let tolds = 0;
    onAbort(signal, () => {})();
    onAbort(signal, () => {
      tolds += 1;
    });

    controller.abort();

    expect(tolds).toBe(1);
  });

  it('never calls for a signal that has fired', () => {
    let tolds = 0;

    onAbort(AbortSignal.abort(), () => {
      tolds += 1;
    });

    expect(tolds).toBe(0);
  });
});
