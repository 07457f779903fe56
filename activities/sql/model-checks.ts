import { QualityCheckFailed, TaskError } from '../../engine';
import type { ModelCheck, SqlModel } from '../../sql/catalog';
import type { SqlSession } from '../../warehouse';

/**
 * Runs the checks of a model's header over its result, in one statement while all is well.
 *
 * Throws QualityCheckFailed with the first rows that break one, and `key_collision` when two members
 * of a dimension got the same surrogate key.
 */
export async function checkModel(session: SqlSession, model: SqlModel, relation: string): Promise<void> {
  if (model.checks.length === 0) return;
  const counts = model.checks.map((check, index) => `(${countSql(check, relation)}) as check_${index}`);
  const [row] = await session.rows(`select ${counts.join(', ')}`);
  for (const [index, check] of model.checks.entries()) {
    const failingRows = Number(row?.[`check_${index}`] ?? 0);
    if (failingRows === 0) continue;
    const sample = await session.rows(`${failingSql(check, relation)} limit 5`);
    if (isKeyCheck(model, check)) throw keyCollision(model, check, sample);
    throw new QualityCheckFailed({
      check: `${check.check}(${check.columns.join(', ')}) of ${model.name}`,
      failingRows,
      sample,
    });
  }
}

function countSql(check: ModelCheck, relation: string): string {
  return check.check === 'not_null'
    ? `select count(*) from ${relation} where ${anyNull(check)}`
    : `select count(*) from (${failingSql(check, relation)})`;
}

function failingSql(check: ModelCheck, relation: string): string {
  if (check.check === 'not_null') return `select * from ${relation} where ${anyNull(check)}`;
  const columns = check.columns.join(', ');
  return `select ${columns}, count(*) as row_count from ${relation} group by ${columns} having count(*) > 1`;
}

function anyNull(check: ModelCheck): string {
  return check.columns.map((column) => `${column} is null`).join(' or ');
}

/** Dimensions are told by their grain: one surrogate key. */
function isKeyCheck(model: SqlModel, check: ModelCheck): boolean {
  const [key] = check.columns;
  return check.check === 'unique' && check.columns.length === 1 && model.grain.join() === key && key.endsWith('_key');
}

function keyCollision(model: SqlModel, check: ModelCheck, sample: readonly unknown[]): TaskError {
  return new TaskError({
    code: 'key_collision',
    message: `Two rows of ${model.name} have the same ${check.columns.join()}: ${JSON.stringify(sample[0] ?? null)}. Nothing is published. Change what the key is made of.`,
    details: { model: model.name, sample },
  });
}
