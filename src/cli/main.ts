import {
  environment,
  guardOutput,
  programArguments,
  setExitStatus,
  writeError,
} from '../platform/process.ts';
import { describeFailure, exitStatusOf } from './failure.ts';
import { buildProgram } from './program.ts';

/** Where all errors of the command line end: one line, and a status for scripts. */
const main = async (): Promise<void> => {
  guardOutput();
  try {
    const words = programArguments();
    await buildProgram(words[0]).parseAsync(words, { from: 'user' });
  } catch (error) {
    setExitStatus(exitStatusOf(error));
    for (const line of describeFailure(error, environment()['OTTLA_DEBUG'] === '1')) {
      writeError(line);
    }
  }
};

await main();
