import type { PortableError, TaskContext, TaskLogger } from '../../activities';
import type { TaskOrder } from '../../engine';

/** All that a handler outside of the worker needs; it finds the rest in the warehouse. */
export interface IsolatedJob {
  readonly order: TaskOrder;
  readonly identity: TaskContext['identity'];
  readonly attemptName: string;
  /** Its URI, and DuckDB's bound in there. */
  readonly warehouse: string;
  readonly memoryLimit: string | null;
  /** Where packages are found that the handler imports. */
  readonly folders: readonly string[];
}

/** Members of the context that are answered by the worker. */
export const relayed = ['checkpoint', 'lastCheckpoint', 'connection', 'variable'] as const;
export type Relayed = (typeof relayed)[number];

export type ToHandler =
  | { readonly kind: 'start'; readonly job: IsolatedJob }
  | { readonly kind: 'abort' }
  | { readonly kind: 'answer'; readonly call: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly call: number; readonly error: PortableError };

export type FromHandler =
  | { readonly kind: 'ready' }
  | { readonly kind: 'log'; readonly level: keyof TaskLogger; readonly fields: object; readonly message: string }
  | { readonly kind: 'heartbeat'; readonly progress: unknown }
  | { readonly kind: 'call'; readonly call: number; readonly name: Relayed; readonly input: unknown }
  | { readonly kind: 'returned'; readonly output: unknown }
  | { readonly kind: 'threw'; readonly error: PortableError };
