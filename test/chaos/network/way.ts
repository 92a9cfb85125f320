import type { Socket } from 'node:net';

/** One direction of a relayed connection; keeps the order of its bytes whatever is changed. */
export interface Way {
  /** A way that is cut is not read: the sender's window fills, and nothing arrives. */
  setCut(isCut: boolean): void;
  setDelayMs(delayMs: number): void;
}

export const openWay = (source: Socket, target: Socket): Way => {
  let isCut = false;
  let isFull = false;
  let delayMs = 0;
  let lastDueMs = 0;
  let waitingCount = 0;
  let hasEnded = false;
  const flow = (): void => {
    if (isCut || isFull) source.pause();
    else source.resume();
  };
  const onIdle = (): void => {
    if (hasEnded && waitingCount === 0) target.end();
  };
  const deliver = (chunk: Uint8Array): void => {
    if (!target.writable || target.write(chunk)) return;
    isFull = true;
    flow();
  };
  target.on('drain', () => {
    isFull = false;
    flow();
  });
  source.on('data', (chunk) => {
    const nowMs = performance.now();
    // Never before what came earlier, also when the delay has just become shorter.
    lastDueMs = Math.max(lastDueMs, nowMs + delayMs);
    if (lastDueMs <= nowMs && waitingCount === 0) {
      deliver(chunk);
      return;
    }
    waitingCount += 1;
    setTimeout(() => {
      waitingCount -= 1;
      deliver(chunk);
      onIdle();
    }, lastDueMs - nowMs);
  });
  source.on('end', () => {
    hasEnded = true;
    onIdle();
  });
  return {
    setCut: (next) => {
      isCut = next;
      flow();
    },
    setDelayMs: (next) => {
      delayMs = next;
    },
  };
};
