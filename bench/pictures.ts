import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installationFolder } from '../runner';
import { type Bench, type Figure, repeat } from './harness';

const tasks = 1_000;

/** Bodies of DAGs that are hard to draw, with `task` and `nothing` in scope. */
const shapes = {
  wide: `const first = task('first', nothing, {});
    const all = Array.from({ length: ${tasks - 2} }, (_, i) => task('task_' + i, nothing, {}).after(first));
    task('last', nothing, {}).after(...all);`,
  deep: `let last = task('task_0', nothing, {});
    for (let i = 1; i < ${tasks}; i += 1) last = task('task_' + i, nothing, {}).after(last);`,
} as const;

const formats = ['text', 'svg'] as const;

/** What it takes to draw a DAG of a thousand tasks: the whole command, its start included. */
export const pictures: Bench = {
  name: 'pictures',
  title: 'drawing DAGs of 1,000 tasks, side by side and one after another',
  method: 'From the start of "tidemill dags show" to its end, loading and compiling the DAG file included. No server.',
  measure: async (options) => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemill-bench-pictures-'));
    mkdirSync(join(folder, 'dags'));
    for (const [shape, body] of Object.entries(shapes))
      writeFileSync(join(folder, 'dags', `${shape}.ts`), dagFile(shape, body));
    const figures: Figure[] = [];
    for (const shape of Object.keys(shapes)) {
      for (const format of formats) {
        const ours = await repeat(options, async () => secondsToDraw(folder, shape, format));
        figures.push({ name: `${shape}, ${format}`, unit: 's', ours, targets: [{ of: 'ours', atMost: 10 }] });
      }
    }
    rmSync(folder, { recursive: true, force: true });
    return { figures };
  },
};

function dagFile(id: string, body: string): string {
  return `import { defineDag } from 'tidemill';
    const nothing = async (): Promise<null> => null;
    export const dag = defineDag({ id: '${id}' }, ({ task }) => { ${body} });`;
}

function secondsToDraw(cwd: string, dagId: string, format: string): number {
  const startedAt = performance.now();
  const command = [join(installationFolder, 'bin/tidemill.cjs'), 'dags', 'show', dagId, '--format', format];
  execFileSync(process.execPath, command, { cwd, maxBuffer: 64 * 1024 * 1024 });
  return (performance.now() - startedAt) / 1_000;
}
