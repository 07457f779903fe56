import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { attemptLogPath } from '../../../activities';
import { logFilesOf, logText, readLines, runLogFolder, selectLogs } from '../../../cli/log-files';
import { createPaint } from '../../../cli/style';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tidemill-logs-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const runId = 'manual__2026-11-20T08:15:30.042Z';

function write(taskId: string, tryNumber: number, text: string): string {
  const identity = { dagId: 'shop', runId, execution: 'e', taskId, tryNumber, attempt: 1 };
  const path = join(home, 'logs', attemptLogPath(identity));
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

describe('the logs of a run', () => {
  test('are found where attempts write them', () => {
    write('extract', 1, '{}\n');
    write('extract', 2, '{}\n');
    write('load', 1, '{}\n');
    const files = logFilesOf(runLogFolder(home, 'shop', runId));

    expect(files.map(({ taskId, tryNumber }) => `${taskId} ${tryNumber}`).sort()).toEqual([
      'extract 1',
      'extract 2',
      'load 1',
    ]);
    expect(selectLogs(files, { taskId: 'extract', tryNumber: 2 })).toHaveLength(1);
  });

  test('of a task that is not there are an error with the nearest name', () => {
    write('extract', 1, '{}\n');
    const files = logFilesOf(runLogFolder(home, 'shop', runId));

    expect(() => selectLogs(files, { taskId: 'extrakt' })).toThrow(/Did you mean "extract"/);
  });

  test('are read line by line; a line that is being written is left for later', () => {
    const path = write('extract', 1, '{"message":"one"}\n{"mess');
    const first = readLines(path, 0);
    appendFileSync(path, 'age":"two"}\n');

    expect(first.lines).toEqual(['{"message":"one"}']);
    expect(readLines(path, first.next).lines).toEqual(['{"message":"two"}']);
  });
});

describe('a line of a log', () => {
  const paint = createPaint(false);

  test('reads as time, task, sentence and fields', () => {
    const line = JSON.stringify({
      at: '2026-11-20T08:15:30.042Z',
      level: 'info',
      message: 'records extracted',
      task_id: 'extract',
      try: 1,
      attempt: 1,
      row_count: 5,
      file: null,
    });

    expect(logText(line, paint, { hasTask: true })).toBe('08:15:30.042  extract  records extracted  row_count=5');
  });

  test('names its level when it is no mere information, and its try when it is not the first', () => {
    const line = JSON.stringify({
      at: '2026-11-20T08:15:30.042Z',
      level: 'error',
      message: 'no',
      task_id: 'load',
      try: 3,
    });

    expect(logText(line, paint, { hasTask: true })).toBe('08:15:30.042  load #3  error  no');
  });

  test("shows of an error's stack the author's own frames", () => {
    const stack =
      'Error: x\n    at bad (dags/a.ts:4:9)\n    at run (node:internal/x:1:1)\n    at y (node_modules/z/a.js:1:1)';
    const line = JSON.stringify({ at: '2026-11-20T08:15:30.042Z', level: 'error', message: 'x', details: { stack } });

    expect(logText(line, paint, { hasTask: false }).split('\n').slice(1)).toEqual([
      '              at bad (dags/a.ts:4:9)',
    ]);
  });

  test('that is no JSON is shown as it is, without control characters', () => {
    expect(logText('torn \u001b[31mline', paint, { hasTask: false })).toBe('torn  [31mline');
  });
});
