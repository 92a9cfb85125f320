import { run } from '../run.ts';

/** Debian's package, which whoever sets the machine up installs. */
export const findKcat = async (): Promise<void> => {
  const found = await run(['kcat', '-V']);
  if (found.status !== 0) throw new Error('kcat is not installed (Debian: apt-get install kcat)');
};
