import type { RunCommand, Step } from './events';
import type { Plan } from './plan';
import type { AttemptRecord, Run, TaskInstance } from './run';
import { untouchedTask } from './run';

/**
 * A run being advanced by one batch of events: a private copy that is changed in place, so that a
 * batch over a thousand tasks copies its table once. Never leaves `advance`.
 */
export class RunDraft {
  private readonly tasks: Record<string, TaskInstance>;
  private readonly tasksBefore: Run['tasks'];
  private readonly attempts: AttemptRecord[] = [];
  private readonly commands: RunCommand[] = [];
  /** Tasks whose gates may answer differently since the batch began. */
  readonly toDecide = new Set<string>();

  constructor(
    readonly plan: Plan,
    private run: Run,
  ) {
    this.tasksBefore = run.tasks;
    this.tasks = { ...run.tasks };
  }

  get head(): Omit<Run, 'tasks' | 'attempts'> {
    return this.run;
  }

  task(taskId: string): TaskInstance {
    return this.tasks[taskId] ?? untouchedTask;
  }

  /** As it was before this batch. */
  taskBefore(taskId: string): TaskInstance {
    return this.tasksBefore[taskId] ?? untouchedTask;
  }

  set(taskId: string, change: Partial<TaskInstance>): void {
    this.tasks[taskId] = { ...this.task(taskId), ...change };
  }

  setHead(change: Partial<Omit<Run, 'tasks' | 'attempts' | 'format' | 'identity'>>): void {
    this.run = { ...this.run, ...change };
  }

  record(attempt: AttemptRecord): void {
    this.attempts.push(attempt);
  }

  command(command: RunCommand): void {
    this.commands.push(command);
  }

  /** The run as it stands in the middle of the batch. */
  current(): Run {
    const attempts = this.attempts.length === 0 ? this.run.attempts : [...this.run.attempts, ...this.attempts];
    return { ...this.run, tasks: this.tasks, attempts };
  }

  step(): Step<Run, RunCommand> {
    return { state: this.current(), commands: this.commands };
  }
}
