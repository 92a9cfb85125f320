import { spawn } from 'node:child_process';

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; `input` goes to its standard input. */
export const run = (command: readonly string[], input = ''): Promise<Ran> => {
  const running = start(command);
  running.end(input);
  return running.ended;
};

export interface Running {
  readonly ended: Promise<Ran>;
  /** Calls for each part of its output as it comes. */
  onOutput(use: (part: Buffer) => void): void;
  write(input: string): void;
  /** The program's input ends here. */
  end(input?: string): void;
}

/** Starts a program; its standard input stays open until `end`. */
export const start = ([program = '', ...words]: readonly string[]): Running => {
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<Ran>((resolve) => {
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    // Not there, or gone before it has read all: the status tells.
    child.stdin.on('error', () => {});
    child.on('error', (error) => resolve({ status: null, stdout: '', stderr: error.message }));
    child.on('close', (status) =>
      resolve({ status, stdout: String(Buffer.concat(out)), stderr: String(Buffer.concat(err)) }),
    );
  });
  return {
    ended,
    onOutput: (use) => void child.stdout.on('data', use),
    write: (input) => void child.stdin.write(input),
    end: (input = '') => void child.stdin.end(input),
  };
};

/** As `run`, for programs that must not fail: throws with what they said. */
export const mustRun = async (command: readonly string[], input = ''): Promise<string> => {
  const { status, stdout, stderr } = await run(command, input);
  if (status === 0) return stdout;
  const said = `${stderr}\n${stdout}`.trim().slice(-2000);
  throw new Error(`${command.join(' ')} ended with ${status}: ${said}`);
};
