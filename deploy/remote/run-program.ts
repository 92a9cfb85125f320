import { spawn } from 'node:child_process';

export interface ProgramResult {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly input?: Uint8Array | string;
  readonly cwd?: string;
}

/** Runs a program to its end and gives what it wrote; rejects where there is no such program. */
export const runProgram = (
  program: string,
  words: readonly string[],
  { input = '', cwd }: ProgramOptions = {},
): Promise<ProgramResult> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: 'pipe', ...(cwd === undefined ? {} : { cwd }) });
    const output: Buffer[] = [];
    let stderr = '';
    child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error(`${program} is not installed here`) : error),
    );
    child.on('close', (status) =>
      resolve({ status: status ?? 1, stdout: Buffer.concat(output), stderr }),
    );
    // One that ends early says by its status why.
    child.stdin.on('error', () => {}).end(input);
  });

/** As `runProgram`; a status other than 0 is an error with the last line of what it said. */
export const mustRun = async (
  program: string,
  words: readonly string[],
  options: ProgramOptions = {},
): Promise<Buffer> => {
  const { status, stdout, stderr } = await runProgram(program, words, options);
  if (status === 0) return stdout;
  const said = stderr.trim().split('\n').at(-1) ?? '';
  throw new Error(`${program} ${words[0] ?? ''} failed (status ${status}): ${said}`);
};
