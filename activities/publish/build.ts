import type { SqlCatalog } from '../../sql/catalog';
import type { AttemptManifest, Column, DataFile, ReleaseReader, SqlSession } from '../../warehouse';
import type { TaskContext } from '../context';

export interface BuildRequest {
  readonly context: TaskContext;
  readonly catalog: SqlCatalog;
  readonly manifests: readonly AttemptManifest[];
  readonly wholes: readonly string[];
  readonly base: ReleaseReader;
}

/** One build over one base; its files carry the base's number, so that a later build never overwrites them. */
export interface Build extends BuildRequest {
  readonly session: SqlSession;
  readonly attempt: string;
  /** Tables that the session can read, with what was written for them. */
  readonly ready: Map<string, WrittenTable>;
}

export interface WrittenTable {
  readonly columns: readonly Column[];
  readonly files: readonly DataFile[];
}
