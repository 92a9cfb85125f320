import { execFileSync } from 'node:child_process';

/** Whether a program of another project can be run here. */
export const isInstalled = (command: string): boolean => {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
