import { asset } from '../assets/condition';
import type { DatasetRef } from '../dataset';
import { DefinitionError, didYouMean } from '../errors';
import { type TriggerRule, triggerRules } from '../gates/trigger-rule';
import type { Json } from '../json';
import { type Duration, durationMs } from '../time/duration';
import type { CheckOptions, DagOptions, TaskOptions, TaskRef, TeardownOptions } from './authoring';
import { readIsolation } from './isolation';
import { readNotify, runNotifyEvents } from './notify';
import { readPastRule } from './past-rule';
import { readRetryPolicy } from './retry-policy';
import { positive, readSchedule } from './schedule';
import { readSlots } from './slots';
import type { DagHeader, TaskPolicy } from './spec';

const defaultMaxActiveTasks = 40;

export const policyOptionNames = [
  'triggerRule',
  'retries',
  'retryDelay',
  'retryExponentialBackoff',
  'maxRetryDelay',
  'retryPolicy',
  'executionTimeout',
  'heartbeatTimeout',
  'local',
  'isolation',
  'memory',
  'dependsOnPast',
  'waitForDownstream',
  'dependsOnPrevious',
  'outlets',
  'pool',
  'poolSlots',
  'maxActive',
  'priorityWeight',
  'weightRule',
] as const;

const taskOptionNames = [...policyOptionNames, 'docs', 'owner', 'notify'] as const;

/** Tells a check's options of its own from the parameters of its query. */
export function splitCheck(
  name: string,
  { on, ...rest }: CheckOptions,
): [on: readonly TaskRef<DatasetRef>[], parameters: { [name: string]: Json }, policy: Partial<TaskPolicy>] {
  const isTaskOption = (key: string): boolean => (taskOptionNames as readonly string[]).includes(key);
  const entries = Object.entries(rest);
  const options = Object.fromEntries(entries.filter(([key]) => isTaskOption(key))) as TaskOptions;
  const parameters = Object.fromEntries(
    entries.filter(([key]) => !isTaskOption(key)).map(([key, value]) => [snakeCase(key), value as Json]),
  );
  return ['taskId' in on ? [on] : on, parameters, readPolicy(options, `check ${name}`)];
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Reads the options that every task has; only those that were given. */
export function readPolicy(
  options: TaskOptions,
  where: string,
  names: readonly string[] = taskOptionNames,
): Partial<TaskPolicy> {
  checkNames(options, where, names);
  const ms = (value: Duration | undefined, name: string): number | undefined =>
    value === undefined ? undefined : durationMs(value, `${where}: ${name}`);
  const retries = options.retries;
  if (retries !== undefined && (!Number.isInteger(retries) || retries < 0)) {
    throw new DefinitionError({
      code: 'bad_retries',
      message: `${where}: retries is ${retries}; give a whole number from 0.`,
      details: { where, retries },
    });
  }
  return definedOnly({
    triggerRule: options.triggerRule === undefined ? undefined : knownRule(options.triggerRule, where),
    retries,
    retryDelayMs: ms(options.retryDelay, 'retryDelay'),
    retryExponentialBackoff:
      options.retryExponentialBackoff === undefined ? undefined : factor(options.retryExponentialBackoff, where),
    maxRetryDelayMs: ms(options.maxRetryDelay, 'maxRetryDelay'),
    retryPolicy: options.retryPolicy === undefined ? undefined : readRetryPolicy(options.retryPolicy, where),
    executionTimeoutMs: positiveMs(ms(options.executionTimeout, 'executionTimeout'), `${where}: executionTimeout`),
    heartbeatTimeoutMs: positiveMs(ms(options.heartbeatTimeout, 'heartbeatTimeout'), `${where}: heartbeatTimeout`),
    local: options.local,
    isolation: readIsolation(options, where),
    past: readPastRule(options, where),
    outlets: options.outlets?.map(({ name }) => asset(name).name),
    ...readSlots(options, where),
  });
}

/** A teardown's options: it has the trigger rule of all teardowns. */
export function readTeardownPolicy(options: TeardownOptions, where: string): Partial<TaskPolicy> {
  const names = taskOptionNames.filter((name) => name !== 'triggerRule');
  return { ...readPolicy(options, where, names), triggerRule: 'all_done_setup_success' };
}

/** A DAG file is run without a compiler, which would have found a name that does not exist. */
function checkNames(options: TaskOptions, where: string, names: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new DefinitionError({
    code: 'unknown_option',
    message: `${where}: there is no option "${unknown}".${didYouMean(unknown, names)}`,
    details: { where, option: unknown, known: names },
  });
}

/** The server reads a time-out of zero as none. */
function positiveMs(value: number | undefined, option: string): number | undefined {
  return value === undefined ? undefined : positive(value, option);
}

function factor(value: number, where: string): number {
  if (Number.isFinite(value) && value >= 0) return value;
  throw new DefinitionError({
    code: 'bad_limit',
    message: `${where}: retryExponentialBackoff is ${value}; give 0 for a constant delay, or a factor such as 2.`,
    details: { where, value },
  });
}

/** A DAG file is run without a compiler, so a rule is looked at here too: inside a run it would be too late. */
function knownRule(rule: TriggerRule, where: string): TriggerRule {
  if (triggerRules.includes(rule)) return rule;
  throw new DefinitionError({
    code: 'unknown_trigger_rule',
    message: `${where}: there is no trigger rule "${rule}".${didYouMean(String(rule), triggerRules)}`,
    details: { where, rule, known: triggerRules },
  });
}

type Defined<T> = { readonly [Key in keyof T]?: Exclude<T[Key], undefined> };

function definedOnly<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** Reads what is said of the DAG as a whole. */
export function readHeader(options: DagOptions<unknown>): DagHeader {
  return {
    description: options.description ?? '',
    ...(options.docs === undefined ? {} : { docs: options.docs }),
    owner: options.owner ?? null,
    tags: options.tags ?? [],
    ...readSchedule(options),
    ...(options.maxConsecutiveFailedRuns === undefined
      ? {}
      : {
          maxConsecutiveFailedRuns: positive(
            options.maxConsecutiveFailedRuns,
            `DAG ${options.id}: maxConsecutiveFailedRuns`,
          ),
        }),
    maxActiveTasks: positive(options.maxActiveTasks ?? defaultMaxActiveTasks, `DAG ${options.id}: maxActiveTasks`),
    ...(options.maxActiveTasksOverRuns === undefined
      ? {}
      : {
          maxActiveTasksOverRuns: positive(options.maxActiveTasksOverRuns, `DAG ${options.id}: maxActiveTasksOverRuns`),
        }),
    dagRunTimeoutMs:
      options.dagRunTimeout === undefined
        ? null
        : durationMs(options.dagRunTimeout, `DAG ${options.id}: dagRunTimeout`),
    ...(options.failFast === true ? { failFast: true } : {}),
    ...readAlarms(options),
  };
}

function readAlarms({ id, notify, deadline }: DagOptions<unknown>): Pick<DagHeader, 'notify' | 'deadline'> {
  const reference = deadline?.from === 'interval end' ? 'interval_end' : 'queued_at';
  return {
    ...(notify === undefined ? {} : { notify: readNotify(notify, `DAG ${id}`, runNotifyEvents) }),
    ...(deadline === undefined
      ? {}
      : { deadline: { reference, afterMs: durationMs(deadline.after, `DAG ${id}: deadline`) } }),
  };
}
