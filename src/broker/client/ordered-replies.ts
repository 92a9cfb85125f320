/** A reply that has its place in the order and waits to be filled. */
export interface ReplySlot<Reply> {
  /** Gives the reply; it is sent once every earlier one that shares a key has been. */
  fill(reply: Reply): void;
}

interface Slot<Reply> {
  readonly keys: readonly string[];
  readonly successors: Slot<Reply>[];
  /** Earlier slots that share a key and are not sent. */
  blockerCount: number;
  reply: Reply | undefined;
}

/**
 * Sends replies in the order of their requests where these share a key, and lets the others pass:
 * one partition that waits for replicas holds up nothing but itself.
 */
export class OrderedReplies<Reply> {
  readonly #send: (reply: Reply) => void;
  readonly #latest = new Map<string, Slot<Reply>>();
  #waitingCount = 0;

  constructor(send: (reply: Reply) => void) {
    this.#send = send;
  }

  /** Slots opened and not sent. */
  get waitingCount(): number {
    return this.#waitingCount;
  }

  open(keys: readonly string[]): ReplySlot<Reply> {
    const slot: Slot<Reply> = { keys, successors: [], blockerCount: 0, reply: undefined };
    this.#waitingCount += 1;
    for (const key of new Set(keys)) {
      const before = this.#latest.get(key);
      if (before !== undefined) {
        before.successors.push(slot);
        slot.blockerCount += 1;
      }
      this.#latest.set(key, slot);
    }
    return {
      fill: (reply) => {
        slot.reply = reply;
        this.#release(slot);
      },
    };
  }

  #release(first: Slot<Reply>): void {
    const ready = [first];
    for (let slot = ready.pop(); slot !== undefined; slot = ready.pop()) {
      if (slot.blockerCount > 0 || slot.reply === undefined) continue;
      this.#waitingCount -= 1;
      this.#send(slot.reply);
      // It may stand in the list twice, when two that it waited for were sent in one go.
      slot.reply = undefined;
      for (const key of slot.keys) {
        if (this.#latest.get(key) === slot) this.#latest.delete(key);
      }
      for (const successor of slot.successors) successor.blockerCount -= 1;
      ready.push(...slot.successors.toReversed());
    }
  }
}
