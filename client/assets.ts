import { WorkflowNotFoundError } from '@temporalio/client';
import {
  type AssetHub,
  assetMessages,
  assetNames,
  assetWorkflowId,
  type DagSpec,
  didYouMean,
  isEngineError,
  policyOf,
  RequestError,
  workflowNames,
} from '../engine';
import { signalHub } from '../house-activities';
import type { ServerConnection } from './connection';

/** An asset and the DAGs that have to do with it; known without a worker. */
export interface ListedAsset {
  readonly name: string;
  readonly producers: readonly string[];
  readonly consumers: readonly string[];
}

interface Roles {
  readonly produces: ReadonlySet<string>;
  readonly consumes: ReadonlySet<string>;
}

/** Tells the hubs of all assets that a DAG makes or waits for, or did before this deploy. */
export async function declareAssets(
  server: ServerConnection,
  dagId: string,
  specs: { readonly before: DagSpec | null; readonly after: DagSpec | null },
): Promise<void> {
  const [before, after] = [rolesOf(specs.before), rolesOf(specs.after)];
  const names = new Set([before, after].flatMap(({ produces, consumes }) => [...produces, ...consumes]));
  for (const name of names) {
    const role = { dagId, produces: after.produces.has(name), consumes: after.consumes.has(name) };
    await signalHub(server.temporal, { name, taskQueue: server.taskQueue }, assetMessages.declare, role);
  }
}

function rolesOf(spec: DagSpec | null): Roles {
  const outlets = spec?.tasks.flatMap((task) => policyOf(spec, task).outlets ?? []) ?? [];
  const waited = spec?.assets === undefined ? [] : assetNames(spec.assets.condition);
  return { produces: new Set(outlets), consumes: new Set(waited) };
}

/** All assets of the server, by name. */
export async function listAssets(server: ServerConnection): Promise<readonly ListedAsset[]> {
  const query = `WorkflowType = '${workflowNames.assetHub}' AND ExecutionStatus = 'Running'`;
  const found: ListedAsset[] = [];
  for await (const { workflowId, memo } of server.temporal.workflow.list({ query })) {
    const ids = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
    const name = workflowId.slice(assetWorkflowId('').length);
    found.push({ name, producers: ids(memo?.producers), consumers: ids(memo?.consumers) });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Who makes an asset, who waits for it, and its last events. Throws `unknown_asset`. */
export async function lookAtAsset(server: ServerConnection, name: string): Promise<AssetHub> {
  try {
    return await server.look<AssetHub>(assetWorkflowId(name), assetMessages.hub);
  } catch (error) {
    if (isEngineError(error) || !(error instanceof WorkflowNotFoundError)) throw error;
    const known = (await listAssets(server)).map((one) => one.name);
    throw new RequestError({
      code: 'unknown_asset',
      message: `No deployed DAG makes or waits for asset "${name}".${didYouMean(name, known)} List them: tidemill assets list`,
      details: { asset: name, known },
    });
  }
}

/** The DAGs that make an asset. Throws `asset_without_producer`. */
export function producersOf({ name, producers }: AssetHub): readonly string[] {
  if (producers.length > 0) return producers;
  throw new RequestError({
    code: 'asset_without_producer',
    message: `No deployed DAG makes asset "${name}": no task has it among its outlets.`,
    details: { asset: name },
  });
}
