import { join } from 'node:path';
import { mustRun, run } from '../run.ts';
import { HERE, madeOnce } from './installed.ts';

const PYTHON_MINOR = '3.11';

/**
 * The Python of an environment made for the lock file of a client's folder; wheels only, so that
 * nothing of a package runs while it installs.
 */
export const pythonFor = async (name: string): Promise<string> => {
  const lock = join(HERE, name, 'requirements.txt');
  const version = await run(['python3', '--version']);
  if (version.status !== 0) throw new Error(`python3 is not installed: ${PYTHON_MINOR} is needed`);
  if (!version.stdout.includes(`${PYTHON_MINOR}.`)) {
    throw new Error(
      `${version.stdout.trim()} is here, ${PYTHON_MINOR} is what the lock file is for`,
    );
  }
  const made = await madeOnce(name, [lock], async (venv) => {
    await mustRun(['python3', '-m', 'venv', '--clear', venv]);
    const pip = [join(venv, 'bin', 'pip'), 'install', '--quiet', '--disable-pip-version-check'];
    await mustRun([...pip, '--only-binary', ':all:', '--require-hashes', '--requirement', lock]);
  });
  return join(made, 'bin', 'python');
};
