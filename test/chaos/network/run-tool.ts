import { execFile } from 'node:child_process';

/** Runs a program of the system; rejects with what it wrote to its error output. */
export const runTool = (program: string, words: readonly string[], input = ''): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = execFile(program, words, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program} ${words.join(' ')}: ${stderr.trim() || error.message}`));
    });
    // One that does not read to the end says by its status how it went.
    child.stdin?.on('error', () => {}).end(input);
  });
