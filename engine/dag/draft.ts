import type { z } from 'zod';
import type { Json } from '../json';
import type { MapInput } from '../map/spec';
import type { CustomTimetable } from '../time/custom-timetable';
import type { Handler } from './authoring';
import type {
  DagHeader,
  DeferralPolicy,
  MapSpec,
  QuestionSpec,
  SensorPolicy,
  TaskKind,
  TaskPolicy,
  TaskRole,
  TaskSpec,
} from './spec';

/** What is said of a task for people, in the spec's form. */
export type AboutTask = Pick<TaskSpec, 'docs' | 'owner' | 'notify'>;

/** A task as the DAG's body wrote it. */
export interface DraftTask {
  readonly taskId: string;
  readonly kind: TaskKind;
  readonly group: string | null;
  readonly handler: Handler | null;
  readonly input: Json;
  readonly policy: Partial<TaskPolicy>;
  readonly about?: AboutTask;
  readonly role?: TaskRole;
  readonly failsRun?: true;
  readonly sensor?: SensorPolicy;
  readonly question?: QuestionSpec;
  readonly deferral?: DeferralPolicy;
  /** A SQL model or check by name. */
  readonly model?: string;
  /** Names that the SQL reads and that a task's output stands for. */
  readonly from: { readonly [name: string]: string };
  /** What a publish takes: tasks or groups whose datasets it commits. */
  readonly datasets: readonly string[];
  /** SQL models of kind `whole` that a publish rebuilds. */
  readonly wholes: readonly string[];
  /** The mapped group that it is inside of. */
  readonly unit: string | null;
  /** Of a mapped task or group. */
  readonly map?: DraftMap;
}

export interface DraftMap extends Omit<MapSpec, 'body'>, Omit<MapInput, 'inputs'> {
  /** Of a mapped task: the input of one instance. A group has tasks inside instead. */
  readonly input: Json;
  /** Functions of its lists, by name. */
  readonly functions: ReadonlyMap<string, Handler>;
}

export interface GroupDraft {
  readonly groupId: string;
  readonly parent: string | null;
}

/** An edge between tasks or groups, by id. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
}

/** A DAG as its file defines it, before the edges of its SQL are known; `compile` makes it a `DagSpec`. */
export interface DagDefinition {
  readonly kind: 'dag';
  readonly dagId: string;
  readonly header: DagHeader;
  /** The author's functions of a timetable of their own. */
  readonly timetable: CustomTimetable | null;
  readonly defaults: TaskPolicy;
  readonly paramsSchema: z.ZodType | null;
  readonly tasks: readonly DraftTask[];
  readonly groups: readonly GroupDraft[];
  readonly edges: readonly Edge[];
}

/** True for what {@link defineDag} returns, also by another copy of this module. */
export function isDagDefinition(value: unknown): value is DagDefinition {
  return (
    typeof value === 'object' && value !== null && (value as Partial<DagDefinition>).kind === 'dag' && 'edges' in value
  );
}
