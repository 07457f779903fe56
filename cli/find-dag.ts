import { SourceMap } from 'node:module';
import { didYouMean, RequestError } from '../engine/errors';
import type { LoadedDag, Project } from '../runner';
import { shownPath } from './connect';
import { load } from './load';
import { say } from './output';

/** The DAG of that name among the DAG files; throws `unknown_dag`, or what broke the file that may hold it. */
export async function findDag(project: Project, dagId: string): Promise<LoadedDag> {
  const found = project.dags.find((dag) => dag.dagId === dagId);
  if (found !== undefined) return found;
  const known = project.dags.map((dag) => dag.dagId);
  const folders = project.folders.map(shownPath).join(', ');
  for (const line of await brokenLines(project)) say(line);
  const broken = project.broken.length === 0 ? '' : ` ${project.broken.length} files there are broken (above).`;
  throw new RequestError({
    code: 'unknown_dag',
    message: `No DAG file in ${folders} defines "${dagId}".${didYouMean(dagId, known)} There are: ${known.join(', ') || 'none'}.${broken}`,
    details: { dag: dagId, known },
  });
}

/** Where and why a DAG file could not be loaded. */
export interface BrokenPlace {
  readonly file: string;
  readonly line: number | null;
  readonly code: string;
  readonly message: string;
}

/** The broken files of a project with the line that is to blame, where it is known. */
export async function brokenPlaces(project: Project): Promise<readonly BrokenPlace[]> {
  return await Promise.all(
    project.broken.map(async ({ file, error }) => {
      const path = shownPath(file);
      const message = error.message.replaceAll(file, path).replace(`${path} `, '');
      const code = 'code' in error ? String(error.code) : 'unexpected';
      return { file: path, line: await lineOf(file, error), code, message };
    }),
  );
}

/** One line of text per broken file. */
export async function brokenLines(project: Project): Promise<readonly string[]> {
  return (await brokenPlaces(project)).map(
    ({ file, line, message, code }) => `broken: ${file}${line === null ? '' : `:${line}`}: ${message} (${code})`,
  );
}

/** The compiler says the line in its message; an error that was thrown has its place in the stack. */
async function lineOf(file: string, error: Error): Promise<number | null> {
  const said = /\bline (\d+), column \d+/.exec(error.message)?.[1];
  if (said !== undefined) return Number(said);
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    const frame = one.stack?.split('\n').find((line) => line.includes(`${file}:`)) ?? '';
    const place = /^:(\d+):(\d+)/.exec(frame.slice(frame.indexOf(file) + file.length));
    if (place !== null) return await sourceLine(file, Number(place[1]), Number(place[2]));
  }
  return null;
}

/** The line of the file that a place in its compiled form comes from. */
async function sourceLine(file: string, line: number, column: number): Promise<number | null> {
  const { code } = await load.runner().bundleDagFile(file);
  const map = /sourceMappingURL=data:application\/json;base64,(\S+)/.exec(code)?.[1];
  if (map === undefined) return null;
  const entry = new SourceMap(JSON.parse(Buffer.from(map, 'base64').toString('utf8'))).findEntry(line - 1, column - 1);
  return 'originalLine' in entry ? entry.originalLine + 1 : null;
}
