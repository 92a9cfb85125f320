import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { KafkaLoadPlan, LoadPlan } from './plan.ts';

/** Runs a load of this folder in a process of its own, and gives what it found. */
export const runLoad = <Result>(program: string, plan: LoadPlan | KafkaLoadPlan): Promise<Result> =>
  new Promise((resolve, reject) => {
    const script = fileURLToPath(new URL(program, import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(plan)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve(JSON.parse(output) as Result);
      else reject(new Error(`the load process ended with status ${status}`));
    });
  });
