import { DefinitionError, didYouMean } from '../errors';
import type { TaskOptions } from './authoring';
import type { IsolationPolicy } from './spec';

const kinds = ['worker', 'thread', 'process'] as const;

/** Below these a handler would be ended before its first line: the runtime itself needs about as much. */
const leastMb = { worker: 0, thread: 32, process: 256 } as const;

const mbOf = { MB: 1, GB: 1_024 } as const;

/** Reads where a task runs. A place that does not exist, or memory that cannot be bounded there, is `bad_isolation`. */
export function readIsolation(
  { isolation, memory }: Pick<TaskOptions, 'isolation' | 'memory'>,
  where: string,
): IsolationPolicy | undefined {
  if (isolation === undefined && memory === undefined) return undefined;
  const kind = isolation ?? 'worker';
  if (!kinds.includes(kind))
    throw bad(where, `there is no isolation "${String(kind)}".${didYouMean(String(kind), kinds)}`);
  if (memory === undefined) return { kind, memoryMb: null };
  if (kind === 'worker')
    throw bad(where, "memory is shared in the worker and cannot be bounded. Add isolation: 'process'");
  const match = /^(\d+(?:\.\d+)?) (MB|GB)$/.exec(memory);
  if (match === null) throw bad(where, `memory "${memory}" is no amount. Write '512 MB' or '2 GB'`);
  const memoryMb = Math.round(Number(match[1]) * mbOf[match[2] as 'MB' | 'GB']);
  if (memoryMb < leastMb[kind])
    throw bad(where, `memory is ${memory}, and a ${kind} needs at least ${leastMb[kind]} MB`);
  return { kind, memoryMb };
}

function bad(where: string, what: string): DefinitionError {
  return new DefinitionError({ code: 'bad_isolation', message: `${where}: ${what}.`, details: { where } });
}
