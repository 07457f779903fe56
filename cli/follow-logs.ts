import { logFilesOf, logText, readLines, runLogFolder, selectLogs } from './log-files';
import { paintFor } from './style';

export interface FollowLogsRequest {
  readonly home: string;
  readonly dagId: string;
  readonly runIds: readonly string[];
  readonly taskId?: string | undefined;
  readonly mapIndex?: number | undefined;
  readonly tryNumber?: number | undefined;
  /** Prints the lines as they are in the file. */
  readonly isRaw?: boolean;
  /** When it settles, what is left is printed and the following ends. */
  readonly until: Promise<unknown>;
}

const lookEveryMs = 300;

/** Prints the logs of runs as they grow, one line each, whichever task writes it. */
export async function followLogs(request: FollowLogsRequest): Promise<void> {
  const offsets = new Map<string, number>();
  let isOver = false;
  const end = request.until.then(
    () => {
      isOver = true;
    },
    () => {
      isOver = true;
    },
  );
  while (!isOver) {
    printNews(request, offsets);
    await Promise.race([end, new Promise((resolve) => setTimeout(resolve, lookEveryMs))]);
  }
  printNews(request, offsets);
}

/** Prints what was added since the last time; gives the number of lines. */
export function printNews(request: Omit<FollowLogsRequest, 'until'>, offsets: Map<string, number>): number {
  const paint = paintFor(process.stdout);
  let count = 0;
  for (const runId of request.runIds) {
    const files = selectLogs(logFilesOf(runLogFolder(request.home, request.dagId, runId)), request);
    const hasTask = request.taskId === undefined || files.some((file) => file.mapIndex !== null);
    for (const { path } of files) {
      const { lines, next } = readLines(path, offsets.get(path) ?? 0);
      offsets.set(path, next);
      for (const line of lines) {
        process.stdout.write(`${request.isRaw === true ? line : logText(line, paint, { hasTask })}\n`);
      }
      count += lines.length;
    }
  }
  return count;
}
