import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { didYouMean, RequestError } from '../engine/errors';
import { isJsonObject, type Json } from '../engine/json';
import { textOf } from './output';
import type { Paint } from './style';
import { onOneLine } from './table';

/** The log of one attempt. */
export interface LogFile {
  readonly taskId: string;
  /** Of an instance of a mapped task. */
  readonly mapIndex: number | null;
  readonly tryNumber: number;
  readonly attempt: number;
  readonly path: string;
}

/** Colons of run ids are written as `-` in paths. */
export function runLogFolder(home: string, dagId: string, runId: string): string {
  return join(home, 'logs', dagId, runId.replaceAll(':', '-'));
}

/** The logs of a run in the order in which they were begun; none when nothing has started. */
export function logFilesOf(folder: string): readonly LogFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((taskId) => logsIn(folder, { taskId, mapIndex: null }))
    .sort((a, b) => a.begunMs - b.begunMs || a.tryNumber - b.tryNumber || a.attempt - b.attempt);
}

/** The logs of a task, and those of its instances in a folder each. */
function logsIn(
  folder: string,
  of: Pick<LogFile, 'taskId' | 'mapIndex'>,
): readonly (LogFile & { readonly begunMs: number })[] {
  const own = join(folder, of.taskId, ...(of.mapIndex === null ? [] : [String(of.mapIndex)]));
  return readdirSync(own).flatMap((name) => {
    if (/^\d+$/.test(name)) return logsIn(folder, { ...of, mapIndex: Number(name) });
    const match = /^(\d+)\.(\d+)\.jsonl$/.exec(name);
    if (match === null) return [];
    const path = join(own, name);
    return [
      { ...of, tryNumber: Number(match[1]), attempt: Number(match[2]), path, begunMs: statSync(path).birthtimeMs },
    ];
  });
}

/** Of the logs of a run those of a task and a try; an unknown task is `unknown_task` with the nearest one. */
export function selectLogs(
  files: readonly LogFile[],
  wanted: {
    readonly taskId?: string | undefined;
    readonly mapIndex?: number | undefined;
    readonly tryNumber?: number | undefined;
  },
): readonly LogFile[] {
  const { taskId, mapIndex, tryNumber } = wanted;
  const known = [...new Set(files.map((file) => file.taskId))];
  if (taskId !== undefined && known.length > 0 && !known.includes(taskId)) {
    throw new RequestError({
      code: 'unknown_task',
      message: `There is no log of a task "${taskId}" in this run.${didYouMean(taskId, known)} Tasks with logs: ${known.join(', ')}.`,
      details: { task: taskId, known },
    });
  }
  return files.filter(
    (file) =>
      (taskId === undefined || file.taskId === taskId) &&
      (mapIndex === undefined || file.mapIndex === mapIndex) &&
      (tryNumber === undefined || file.tryNumber === tryNumber),
  );
}

/** The whole lines of a file from an offset on, and the offset after them: a line that is being written is left. */
export function readLines(path: string, from: number): { readonly lines: readonly string[]; readonly next: number } {
  const bytes = readFileSync(path).subarray(from);
  const end = bytes.lastIndexOf(0x0a) + 1;
  const text = bytes.subarray(0, end).toString('utf8');
  return { lines: text.split('\n').filter((line) => line !== ''), next: from + end };
}

const shownFields = 400;
const shownFrames = 6;
const hiddenFields = new Set(['at', 'level', 'message', 'task_id', 'map_index', 'try', 'attempt']);

/** A line of a log for people: time, task, level, sentence, fields. A line that is no JSON is given as it is. */
export function logText(line: string, paint: Paint, options: { readonly hasTask: boolean }): string {
  const entry = parseLine(line);
  if (entry === null) return onOneLine(line);
  const level = String(entry.level ?? 'info');
  const fields = Object.entries(entry)
    .filter(([name, value]) => !hiddenFields.has(name) && value !== null)
    .map(([name, value]) => [name, withoutStack(value)] as const)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : textOf(value)}`)
    .join(' ');
  const instance = typeof entry.map_index === 'number' ? `[${entry.map_index}]` : '';
  const task = `${String(entry.task_id ?? '')}${instance}${Number(entry.try ?? 1) > 1 ? ` #${String(entry.try)}` : ''}`;
  const parts = [
    paint.dim(String(entry.at ?? '').slice(11, 23)),
    ...(options.hasTask ? [paint.cyan(task)] : []),
    ...(level === 'info' ? [] : [level === 'error' ? paint.red(level) : paint.yellow(level)]),
    onOneLine(String(entry.message ?? '')),
    paint.dim(onOneLine(fields).slice(0, shownFields)),
  ];
  const stack = stackOf(entry.details ?? null).map((frame) => paint.dim(`\n              ${onOneLine(frame)}`));
  return `${parts.join('  ').trimEnd()}${stack.join('')}`;
}

/** The frames of an author's error that are the author's own: those of Node and of packages say nothing. */
function stackOf(details: Json): readonly string[] {
  if (!isJsonObject(details) || typeof details.stack !== 'string') return [];
  const frames = details.stack.split('\n').filter((line) => /^\s+at /.test(line));
  const own = frames.filter((line) => !/node:|node_modules|activities.(attempt|failure-boundary)/.test(line));
  return own.slice(0, shownFrames).map((line) => line.trim());
}

function withoutStack(value: Json): Json {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'stack'));
}

function parseLine(line: string): { readonly [name: string]: Json } | null {
  try {
    const value = JSON.parse(line) as Json;
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}
