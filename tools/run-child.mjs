// Runs a program of the project in the foreground: its output is ours, signals are passed on, its exit code comes
// back. When the command above (npm) was killed the child is ended, and this process with it.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

const { watchAncestors } = createRequire(import.meta.url)('../server/process-tree.cjs');

const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** What a child that was asked to end gets before it is killed; all has to be gone within 5 s of a kill -9. */
const graceMs = 2000;
const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** The exit code as a shell would give it: 128 + n after a signal. `output: 'pipe'` keeps what was printed. */
export function runChild(command, args, { cwd, env, output = 'inherit' } = {}) {
  return new Promise((resolve) => {
    const stdio = output === 'pipe' ? ['ignore', 'pipe', 'pipe'] : 'inherit';
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        printed += text;
      });
    }
    const passOn = (signal) => child.kill(signal);
    for (const signal of passedOn) process.on(signal, passOn);
    const endWatch = watchAncestors(() => {
      child.kill('SIGTERM');
      setTimeout(() => {
        child.kill('SIGKILL');
        process.exit(1);
      }, graceMs);
      child.on('close', () => process.exit(1));
    });
    const done = (code) => {
      endWatch();
      for (const signal of passedOn) process.off(signal, passOn);
      resolve({ code, printed });
    };
    child.on('error', (error) => done(reportStartError(command, error)));
    child.on('close', (code, signal) => done(code ?? 128 + (signalNumbers[signal] ?? 0)));
  });
}

function reportStartError(command, error) {
  process.stderr.write(`${command} could not be started: ${error.message}\n`);
  return 127;
}
