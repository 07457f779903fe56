import { didYouMean, type Handler, TaskError, type TaskKind, type TaskOrder, type Versions } from '../engine';
import type { TaskHandler } from './context';

/** What a worker holds of one DAG: the code that its tasks run. */
export interface DagHandlers {
  readonly dagId: string;
  readonly versions: Versions;
  readonly handlers: ReadonlyMap<string, Handler>;
}

/** Handlers of the kinds that no author writes. */
export type BuiltinHandlers = { readonly [Kind in TaskKind]?: TaskHandler<never, unknown> };

/** Finds the function that a task order means, or says exactly what is missing. */
export class HandlerRegistry {
  private readonly dags: ReadonlyMap<string, DagHandlers>;

  constructor(
    dags: readonly DagHandlers[],
    private readonly builtins: BuiltinHandlers,
  ) {
    this.dags = new Map(dags.map((dag) => [dag.dagId, dag]));
  }

  /** Throws `handler_missing`, with both versions where they differ. */
  find(order: Pick<TaskOrder, 'dagId' | 'taskId' | 'kind' | 'versions'>): TaskHandler<unknown, unknown> {
    const dag = this.dags.get(order.dagId);
    if (dag === undefined) {
      throw missing(
        order,
        null,
        `this worker has no DAG ${order.dagId}.${didYouMean(order.dagId, [...this.dags.keys()])}`,
      );
    }
    const { spec, code } = dag.versions;
    if (spec !== order.versions.spec || code !== order.versions.code) {
      const asked = `spec ${order.versions.spec}, code ${order.versions.code}`;
      throw missing(
        order,
        dag.versions,
        `the run was started with ${asked}, this worker has spec ${spec}, code ${code}. Deploy and trigger a new run, or start a worker on the files of that version`,
      );
    }
    const handler = dag.handlers.get(order.taskId) ?? this.builtins[order.kind];
    if (handler === undefined) throw missing(order, dag.versions, `DAG ${order.dagId} has no function for it`);
    return handler as unknown as TaskHandler<unknown, unknown>;
  }
}

function missing(
  order: Pick<TaskOrder, 'dagId' | 'taskId' | 'versions'>,
  present: Versions | null,
  why: string,
): TaskError {
  return new TaskError({
    code: 'handler_missing',
    message: `No handler for ${order.dagId}.${order.taskId}: ${why}.`,
    details: { asked: order.versions, present },
  });
}
