import { DefinitionError, didYouMean } from '../errors';
import { durationMs } from '../time/duration';
import type { RetryRuleOptions } from './authoring';
import type { RetryRule } from './spec';

const ruleOptions = ['on', 'do', 'delay'];

/** Codes by which a handler or the engine ends a task for good, whatever tries are left; no rule can make them retries. */
const finalCodes = ['task_failed', 'sensor_timed_out'];

/** Reads the rules by which a task is tried again. A wrong one is `bad_retry_rule`. */
export function readRetryPolicy(rules: readonly RetryRuleOptions[], where: string): readonly RetryRule[] {
  return rules.map((rule, index) => readRule(rule, `${where}: rule ${index + 1} of retryPolicy`));
}

function readRule(rule: RetryRuleOptions, where: string): RetryRule {
  const unknown = Object.keys(rule).find((name) => !ruleOptions.includes(name));
  if (unknown !== undefined)
    throw bad(where, `has an unknown "${unknown}".${didYouMean(unknown, ruleOptions)} A rule has on, do and delay`);
  const on = typeof rule.on === 'string' ? [rule.on] : (rule.on ?? []);
  if (on.length === 0 || on.some((code) => code === ''))
    throw bad(where, "names no error code. Write on: 'sql_failed', or a list");
  if (rule.do !== 'retry' && rule.do !== 'fail')
    throw bad(where, `says do: ${JSON.stringify(rule.do)}. Write 'retry' or 'fail'`);
  if (rule.do === 'fail' && rule.delay !== undefined) throw bad(where, 'has a delay though it fails the task');
  const final = on.find((code) => rule.do === 'retry' && finalCodes.includes(code));
  if (final !== undefined) throw bad(where, `retries ${final}, which means failed for good. Throw another error`);
  return { on, do: rule.do, delayMs: rule.delay === undefined ? null : durationMs(rule.delay, `${where}: delay`) };
}

function bad(where: string, what: string): DefinitionError {
  return new DefinitionError({ code: 'bad_retry_rule', message: `${where} ${what}.`, details: { where } });
}
