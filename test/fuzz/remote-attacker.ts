import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { AttackerOptions, Tally } from './attacker.ts';

const PROGRAM = fileURLToPath(new URL('attacker-process.ts', import.meta.url));

/** An `Attacker` in a process of its own. */
export class RemoteAttacker {
  readonly #child: ChildProcess;
  #tally: Tally | undefined;

  constructor({ port, seed, laneCount, pauseMs, share }: AttackerOptions) {
    this.#child = fork(PROGRAM, [port, seed, laneCount, pauseMs, share].map(String));
  }

  get tally(): Tally {
    if (this.#tally === undefined) throw new Error('nothing was attacked yet');
    return this.#tally;
  }

  /** As `Attacker.attackFor`; rejects when the process ends meanwhile. */
  async attackFor(durationMs: number): Promise<void> {
    this.#tally = await new Promise<Tally>((resolve, reject) => {
      const onExit = (status: number | null): void =>
        reject(new Error(`the attacker ended with ${status}`));
      this.#child.once('exit', onExit);
      this.#child.once('message', (tally) => {
        this.#child.off('exit', onExit);
        resolve(tally as Tally);
      });
      this.#child.send({ durationMs });
    });
  }

  close(): void {
    this.#child.kill();
  }
}
