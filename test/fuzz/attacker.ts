import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../support/seeded-random.ts';
import type { Attack, AttackKind } from './attacks.ts';
import { drawAttack } from './attacks.ts';
import { RequestFrames } from './frames.ts';

const HOST = '127.0.0.1';
/** An answer may be long in coming, where the broker waits itself; the attack does not. */
const CLOSE_TIMEOUT_MS = 2000;

export interface Tally {
  /** By kind, how many were carried out. */
  readonly attacks: Partial<Record<AttackKind, number>>;
  connectionCount: number;
  /** Ended by the broker, as most must be. */
  refusedCount: number;
  answeredBytes: number;
  /** What the attacker itself worked, in milliseconds. */
  workedMs: number;
  attackedMs: number;
}

export interface AttackerOptions {
  /** Of Kafka's door. */
  readonly port: number;
  readonly seed: string;
  /** How many attacks are under way at once. */
  readonly laneCount: number;
  /** Between two attacks of a lane. */
  readonly pauseMs: number;
  /** Of one processor, which the lanes keep to together by longer pauses. */
  readonly share: number;
}

/** Carries out the attacks of a seed, one after another on each of a few lanes. */
export class Attacker {
  readonly tally: Tally = {
    attacks: {},
    connectionCount: 0,
    refusedCount: 0,
    answeredBytes: 0,
    workedMs: 0,
    attackedMs: 0,
  };
  readonly #port: number;
  readonly #pauseMs: number;
  readonly #share: number;
  readonly #frames = new RequestFrames();
  readonly #lanes: readonly SeededRandom[];

  constructor(options: AttackerOptions) {
    this.#port = options.port;
    this.#pauseMs = options.pauseMs;
    this.#share = options.share;
    this.#lanes = Array.from(
      { length: options.laneCount },
      (_, lane) => new SeededRandom(`fuzz ${options.seed} lane ${lane}`),
    );
  }

  /** Goes on where it was; resolves when the last attack of each lane is over. */
  async attackFor(durationMs: number): Promise<void> {
    const begunMs = performance.now();
    const workedBeforeMs = workedMs();
    const owedMs = (): number =>
      (workedMs() - workedBeforeMs) / this.#share - (performance.now() - begunMs);
    const endMs = begunMs + durationMs;
    await Promise.all(this.#lanes.map((random) => this.#lane(random, { endMs, owedMs })));
    this.tally.workedMs += workedMs() - workedBeforeMs;
    this.tally.attackedMs += performance.now() - begunMs;
  }

  async #lane(
    random: SeededRandom,
    { endMs, owedMs }: { readonly endMs: number; readonly owedMs: () => number },
  ): Promise<void> {
    while (performance.now() < endMs) {
      const attack = drawAttack(this.#frames, random);
      const { attacks } = this.tally;
      attacks[attack.kind] = (attacks[attack.kind] ?? 0) + 1;
      await Promise.all(
        Array.from({ length: attack.connectionCount }, () => this.#carryOut(attack)),
      );
      const leftMs = Math.max(0, endMs - performance.now());
      await sleep(Math.min(Math.max(this.#pauseMs, owedMs()), leftMs));
    }
  }

  async #carryOut(attack: Attack): Promise<void> {
    this.tally.connectionCount += 1;
    const socket = connect(this.#port, HOST);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    // Refused and reset connections are what this is about.
    socket.on('error', () => {});
    socket.on('end', () => {
      this.tally.refusedCount += 1;
    });
    if (attack.reads) {
      socket.on('data', (bytes: Buffer) => {
        this.tally.answeredBytes += bytes.length;
      });
    } else socket.pause();
    for (const chunk of attack.chunks) {
      if (socket.destroyed) break;
      socket.write(chunk);
      if (attack.pauseMs > 0) await sleep(attack.pauseMs);
    }
    await Promise.race([closed, sleep(attack.holdMs)]);
    await finish(socket, attack.ending, closed);
  }
}

const workedMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const finish = async (socket: Socket, ending: 'end' | 'reset', closed: Promise<void>) => {
  if (ending === 'reset') socket.resetAndDestroy();
  else socket.resume().end();
  const isClosed = await Promise.race([closed.then(() => true), sleep(CLOSE_TIMEOUT_MS, false)]);
  if (!isClosed) socket.destroy();
};
