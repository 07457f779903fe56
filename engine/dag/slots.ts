import { DefinitionError, didYouMean } from '../errors';
import type { TaskOptions } from './authoring';
import { checkId } from './id';
import { type TaskPolicy, weightRules } from './spec';

type SlotPolicy = Pick<TaskPolicy, 'pool' | 'poolSlots' | 'maxActive' | 'priorityWeight' | 'weightRule'>;
type Given = { readonly [Key in keyof SlotPolicy]: SlotPolicy[Key] | undefined };

/** Reads what a task holds while it runs, and how important it is. Whether a pool exists is known at deploy. */
export function readSlots(options: TaskOptions, where: string): Given {
  const { pool, poolSlots, maxActive, priorityWeight, weightRule } = options;
  if (pool !== undefined) checkId('Pool', pool);
  checkCount(poolSlots, `${where}: poolSlots`);
  checkCount(maxActive, `${where}: maxActive`);
  if (priorityWeight !== undefined && !Number.isInteger(priorityWeight))
    throw bad(`${where}: priorityWeight`, priorityWeight, 'give a whole number');
  if (weightRule !== undefined && !weightRules.includes(weightRule)) {
    throw new DefinitionError({
      code: 'unknown_weight_rule',
      message: `${where}: there is no weight rule "${String(weightRule)}".${didYouMean(String(weightRule), weightRules)}`,
      details: { where, rule: weightRule, known: weightRules },
    });
  }
  return { pool, poolSlots, maxActive, priorityWeight, weightRule };
}

function checkCount(value: number | undefined, option: string): void {
  if (value === undefined || (Number.isInteger(value) && value > 0)) return;
  throw bad(option, value, 'give at least 1');
}

function bad(option: string, value: number, advice: string): DefinitionError {
  return new DefinitionError({
    code: 'bad_limit',
    message: `${option} is ${value}; ${advice}.`,
    details: { option, value },
  });
}
