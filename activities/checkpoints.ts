import { type Json, pathSafe, TaskError, type TaskOrder } from '../engine';
import type { ObjectStore } from '../warehouse';
import { jsonOrNull } from './json-text';

/** A place to go on from, not the work itself: what is larger belongs into files of the warehouse. */
const maxBytes = 64 * 1024;

type Owner = Pick<TaskOrder, 'dagId' | 'runId' | 'execution' | 'taskId' | 'tryNumber' | 'pokeCount'> & {
  readonly attempt: number;
};

/**
 * What a task keeps between its attempts: one small object per attempt, which nobody else writes.
 *
 * The first look of an attempt takes over what the newest one before it has left, under a name of its
 * own. What an attempt that is believed dead writes after that is read by nobody (ADR 0040). A run
 * that is cleared begins a new execution, and so without checkpoints.
 */
export class Checkpoints {
  private inherited: Promise<Json> | null = null;
  private readonly folder: string;
  private readonly name: string;

  constructor(
    private readonly store: ObjectStore,
    private readonly owner: Owner,
    private readonly signal: AbortSignal,
  ) {
    const { dagId, runId, execution, taskId, tryNumber, pokeCount, attempt } = owner;
    this.folder = `checkpoints/${dagId}/${pathSafe(runId)}/${execution}/${taskId}/`;
    // Fixed widths, so that the order of names is the order of attempts.
    this.name = [tryNumber, pokeCount, attempt].map((number) => String(number).padStart(6, '0')).join('.');
  }

  /** What the attempts before this one kept last; null when there is nothing to go on from. */
  async last(): Promise<Json> {
    this.inherited ??= this.inherit();
    return await this.inherited;
  }

  /** Keeps a state in place of the one before; it is durable when the promise is fulfilled. */
  async save(state: Json): Promise<void> {
    const text = this.textOf(state);
    await this.last();
    // A handler that was left behind at its time-out is told that nobody will go on from here.
    this.signal.throwIfAborted();
    await this.put(text);
  }

  /** Removes what was kept, once it has served its purpose; nothing if the attempt never looked. */
  async drop(): Promise<void> {
    if (this.inherited === null) return;
    for (const name of await this.names()) await this.store.delete(this.folder + name);
  }

  private async inherit(): Promise<Json> {
    const { tryNumber, pokeCount, attempt } = this.owner;
    if (tryNumber === 1 && pokeCount === 0 && attempt === 1) return null;
    const earlier = (await this.names()).filter((name) => name < this.name).at(-1);
    const bytes = earlier === undefined ? null : await this.store.find(this.folder + earlier);
    const state = bytes === null ? null : (JSON.parse(bytes.toString('utf8')) as Json);
    await this.put(JSON.stringify(state));
    return state;
  }

  private async names(): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const { key } of this.store.list(this.folder)) names.push(key.slice(this.folder.length));
    return names;
  }

  private async put(text: string): Promise<void> {
    await this.store.put(`${this.folder}${this.name}.json`, text);
  }

  private textOf(state: Json): string {
    const text = jsonOrNull(state);
    if (text === null)
      throw this.refused({ code: 'checkpoint_not_json', what: 'what JSON cannot hold. Keep plain values' });
    const byteCount = Buffer.byteLength(text);
    if (byteCount <= maxBytes) return text;
    const what = `${byteCount} bytes of JSON; ${maxBytes} are allowed. Write data to the warehouse and keep a reference`;
    throw this.refused({ code: 'checkpoint_too_large', what });
  }

  private refused({ code, what }: { readonly code: string; readonly what: string }): TaskError {
    const { taskId } = this.owner;
    return new TaskError({ code, message: `A checkpoint of ${taskId} has ${what}.`, details: { task: taskId } });
  }
}
