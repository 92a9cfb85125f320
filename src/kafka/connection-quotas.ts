export interface ConnectionQuotaLimits {
  /** [max.connections] */
  readonly connectionCountMax: number;
  /** [max.connections.per.ip] */
  readonly connectionsPerAddressMax: number;
  /** [max.connection.creation.rate] A second. */
  readonly connectionRateMax: number;
}

const MS_PER_SECOND = 1000;
/** What a rate leaves unused is kept for this long, as Kafka's windows for quotas are. */
const BURST_MS = 1000;
/** Setting a connection up costs a fraction of a millisecond: also a burst is taken in slices. */
export const SLICE_MS = 5;
/** Of one slice, at any rate; and how many times the rate one may have. */
const SLICE_COUNT_MIN = 10;
const SLICE_RATES = 2;

/**
 * Who may connect, and when: counts open connections, and gives each its turn at the rate that the
 * listener may have. Those above the rate wait by address, and the addresses take turns, so that a
 * flood from one holds up only itself. Pure: the caller tells the time, of the monotonic clock.
 */
export class ConnectionQuotas<Held> {
  readonly #limits: ConnectionQuotaLimits;
  readonly #burstCount: number;
  readonly #sliceCountMax: number;
  readonly #openByAddress = new Map<string, number>();
  readonly #heldByAddress = new Map<string, Set<Held>>();
  #openCount = 0;
  #heldCount = 0;
  #tokens: number;
  #filledMs: number;
  #sliceStartMs: number;
  #sliceCount = 0;

  constructor(limits: ConnectionQuotaLimits, nowMs: number) {
    this.#limits = limits;
    const ratePerMs = limits.connectionRateMax / MS_PER_SECOND;
    this.#burstCount = Math.max(1, ratePerMs * BURST_MS);
    this.#sliceCountMax = Math.max(SLICE_COUNT_MIN, ratePerMs * SLICE_MS * SLICE_RATES);
    this.#tokens = this.#burstCount;
    this.#filledMs = nowMs;
    this.#sliceStartMs = nowMs;
  }

  /** All that are counted, the held ones too. */
  get openCount(): number {
    return this.#openCount;
  }

  get heldCount(): number {
    return this.#heldCount;
  }

  /** True: those held are more than the rate has left, so that they wait for more than a slice. */
  get isBehind(): boolean {
    return this.#heldCount > this.#tokens;
  }

  /** Why one more from this address is not taken; undefined: it is, and must be counted. */
  refusalOf(address: string): string | undefined {
    const { connectionCountMax, connectionsPerAddressMax } = this.#limits;
    if (this.#openCount >= connectionCountMax) {
      return `max.connections=${connectionCountMax} are open`;
    }
    const ofAddress = this.#openByAddress.get(address) ?? 0;
    if (ofAddress < connectionsPerAddressMax) return undefined;
    return `max.connections.per.ip=${connectionsPerAddressMax} are open from ${address}`;
  }

  countIn(address: string): void {
    this.#openCount += 1;
    this.#openByAddress.set(address, (this.#openByAddress.get(address) ?? 0) + 1);
  }

  countOut(address: string): void {
    this.#openCount -= 1;
    const left = (this.#openByAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#openByAddress.set(address, left);
    else this.#openByAddress.delete(address);
  }

  /** True: it may be served at once, and has had its turn. Else hold it. */
  mayStart(nowMs: number): boolean {
    return this.#heldCount === 0 && this.#takeTurn(nowMs);
  }

  hold(address: string, held: Held): void {
    const ofAddress = this.#heldByAddress.get(address);
    if (ofAddress === undefined) this.#heldByAddress.set(address, new Set([held]));
    else ofAddress.add(held);
    this.#heldCount += 1;
  }

  /** It has gone while it was held. */
  forget(address: string, held: Held): void {
    const ofAddress = this.#heldByAddress.get(address);
    if (ofAddress?.delete(held) !== true) return;
    this.#heldCount -= 1;
    if (ofAddress.size === 0) this.#heldByAddress.delete(address);
  }

  /** The next whose turn has come, no longer held. */
  next(nowMs: number): Held | undefined {
    const [first] = this.#heldByAddress;
    if (first === undefined || !this.#takeTurn(nowMs)) return undefined;
    const [address, ofAddress] = first;
    const [held] = ofAddress;
    if (held === undefined) return undefined;
    this.forget(address, held);
    // Behind the other addresses.
    this.#heldByAddress.delete(address);
    if (ofAddress.size > 0) this.#heldByAddress.set(address, ofAddress);
    return held;
  }

  #takeTurn(nowMs: number): boolean {
    const earned = ((nowMs - this.#filledMs) / MS_PER_SECOND) * this.#limits.connectionRateMax;
    this.#tokens = Math.min(this.#burstCount, this.#tokens + earned);
    this.#filledMs = nowMs;
    if (nowMs - this.#sliceStartMs >= SLICE_MS) {
      this.#sliceStartMs = nowMs;
      this.#sliceCount = 0;
    }
    if (this.#tokens < 1 || this.#sliceCount >= this.#sliceCountMax) return false;
    this.#tokens -= 1;
    this.#sliceCount += 1;
    return true;
  }
}
