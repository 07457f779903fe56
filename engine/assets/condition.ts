import { DefinitionError } from '../errors';

/** A named piece of data: what a task makes and other DAGs wait for. */
export interface Asset {
  readonly kind: 'asset';
  readonly name: string;
}

/** Which assets a DAG waits for; plain data, part of the `DagSpec`. */
export type AssetCondition =
  | Asset
  | { readonly kind: 'all'; readonly of: readonly AssetCondition[] }
  | { readonly kind: 'any'; readonly of: readonly AssetCondition[] };

/** The part of a schedule that waits for assets. */
export interface AssetSchedule {
  readonly condition: AssetCondition;
  /** A run for each partition whose events meet the condition by themselves. */
  readonly eachPartition: boolean;
}

const assetForm = /^[\w][\w.\-/:]{0,199}$/;

/** Names an asset: as an `outlet` of a task it is made, in a schedule it is waited for. */
export function asset(name: string): Asset {
  if (typeof name === 'string' && assetForm.test(name)) return { kind: 'asset', name };
  throw new DefinitionError({
    code: 'bad_asset',
    message: `Asset "${name}": use at most 200 letters, digits and . _ - / : beginning with a letter, a digit or _.`,
    details: { asset: name },
  });
}

/** Conditions on assets, which may be nested. */
export const assets = {
  /** Met when each was updated since the DAG's last run for them. */
  all: (...of: readonly AssetCondition[]): AssetCondition => ({ kind: 'all', of: some(of, 'all') }),
  /** Met when one of them was. */
  any: (...of: readonly AssetCondition[]): AssetCondition => ({ kind: 'any', of: some(of, 'any') }),
} as const;

/** A run for each partition (the beginning of the producer's interval) in which a condition is met. */
export function eachPartition(condition: AssetCondition): AssetSchedule {
  return { condition, eachPartition: true };
}

/** The names in a condition, sorted. */
export function assetNames(condition: AssetCondition): readonly string[] {
  if (condition.kind === 'asset') return [condition.name];
  return [...new Set(condition.of.flatMap(assetNames))].sort();
}

/** Whether a condition is met by the assets that were updated. */
export function isMet(condition: AssetCondition, updated: ReadonlySet<string>): boolean {
  switch (condition.kind) {
    case 'asset':
      return updated.has(condition.name);
    case 'all':
      return condition.of.every((one) => isMet(one, updated));
    case 'any':
      return condition.of.some((one) => isMet(one, updated));
  }
}

/** A condition in words: `orders and (rates or rates_manual)`. */
export function conditionText(condition: AssetCondition): string {
  if (condition.kind === 'asset') return condition.name;
  const word = condition.kind === 'all' ? ' and ' : ' or ';
  return condition.of.map((one) => (isCompound(one) ? `(${conditionText(one)})` : conditionText(one))).join(word);
}

function isCompound(condition: AssetCondition): boolean {
  return condition.kind !== 'asset' && condition.of.length > 1;
}

function some(of: readonly AssetCondition[], kind: string): readonly AssetCondition[] {
  if (of.length > 0) return of;
  throw new DefinitionError({
    code: 'bad_asset',
    message: `assets.${kind}() names no asset, so it would never or always be met. Name at least one.`,
    details: { kind },
  });
}
