/**
 * Who may import whom (style guide §2.3), as data. A room is a top folder or a file at the root.
 *
 * To open a new way, change this table in the same commit and say why there: it is the map of the house.
 */
export interface RoomRules {
  /** Other rooms that it may import. */
  readonly rooms: readonly string[];
  /** Other rooms of which it may import types alone. */
  readonly types?: readonly string[];
  /** Packages that it may import; `'*'` for any but Temporal's. */
  readonly packages: readonly string[];
  readonly nodeBuiltins: boolean;
  /** Single files of the room that may import further packages. */
  readonly exceptions?: { readonly [file: string]: readonly string[] };
}

/** What the programs at the root put together. */
const composed = ['engine', 'activities', 'warehouse', 'vault', 'runner', 'sql', 'schedules', 'workflows', 'server'];

const temporalInActivities = ['@temporalio/activity', '@temporalio/common'];

export const rooms: { readonly [room: string]: RoomRules } = {
  engine: { rooms: [], packages: ['zod', 'temporal-polyfill', '@noble/hashes'], nodeBuiltins: false },
  dags: { rooms: ['engine', 'activities', 'index.ts'], packages: ['zod'], nodeBuiltins: false },
  workflows: { rooms: ['engine'], packages: ['@temporalio/workflow', '@temporalio/common'], nodeBuiltins: false },
  activities: {
    rooms: ['engine', 'models', 'sql', 'reports'],
    types: ['warehouse', 'vault'],
    packages: ['*'],
    nodeBuiltins: true,
    exceptions: {
      'activities/failure-boundary.ts': temporalInActivities,
      'activities/context.ts': temporalInActivities,
    },
  },
  models: { rooms: ['engine'], packages: ['*'], nodeBuiltins: false },
  sql: { rooms: ['engine'], types: ['warehouse'], packages: ['*'], nodeBuiltins: true },
  warehouse: { rooms: ['engine'], packages: ['*'], nodeBuiltins: true },
  vault: { rooms: ['engine'], packages: ['yaml'], nodeBuiltins: true },
  schedules: { rooms: ['engine'], packages: ['@temporalio/client', '@temporalio/common'], nodeBuiltins: true },
  runner: { rooms: ['engine', 'activities', 'vault', 'warehouse', 'sql'], packages: ['*'], nodeBuiltins: true },
  reports: { rooms: ['engine'], packages: ['*'], nodeBuiltins: true },
  server: { rooms: ['engine'], packages: ['@temporalio/testing'], nodeBuiltins: true },
  cli: {
    // activities: for what has landed and is not loaded yet (`freshness`), which only they can tell.
    rooms: ['client.ts', 'worker.ts', 'runner', 'vault', 'warehouse', 'engine', 'schedules', 'server', 'activities'],
    packages: ['*'],
    nodeBuiltins: true,
  },
  'worker.ts': {
    rooms: [...composed, 'house-activities.ts', 'search-attributes.ts'],
    packages: ['*', '@temporalio/*'],
    nodeBuiltins: true,
  },
  'client.ts': {
    // runner and warehouse: for a replay, which needs no server.
    rooms: ['engine', 'schedules', 'workflows', 'house-activities.ts', 'search-attributes.ts', 'runner', 'warehouse'],
    packages: ['*', '@temporalio/*'],
    nodeBuiltins: true,
  },
  'house-activities.ts': { rooms: composed, packages: ['*', '@temporalio/*'], nodeBuiltins: true },
  'search-attributes.ts': { rooms: ['engine', 'workflows'], packages: ['@temporalio/*'], nodeBuiltins: false },
  'testing.ts': { rooms: ['runner'], packages: [], nodeBuiltins: false },
  // What `tidemill init` writes: it sees what a stranger sees.
  template: { rooms: ['index.ts', 'testing.ts'], packages: [], nodeBuiltins: true },
  tools: { rooms: ['worker.ts'], packages: [], nodeBuiltins: true },
  'index.ts': { rooms: ['engine', 'activities', 'vault', 'client.ts'], packages: ['zod'], nodeBuiltins: false },
  bench: {
    rooms: [...composed, 'reports', 'schedules', 'index.ts', 'client.ts', 'worker.ts'],
    packages: ['*', '@temporalio/*'],
    nodeBuiltins: true,
  },
};

/**
 * The doors of a room: what other rooms may import of it, besides its `index.ts`. The leaves of `engine/` (no imports
 * of their own but each other) are doors because every room speaks their words and must not load the engine for it.
 */
export const doors: { readonly [room: string]: readonly string[] } = {
  'worker.ts': ['worker.ts', 'worker/workflow-bundle.ts'],
  engine: [
    'engine/index.ts',
    'engine/interpreter.ts',
    'engine/errors.ts',
    'engine/json.ts',
    'engine/dataset.ts',
    'engine/time/interval.ts',
  ],
  activities: ['activities/index.ts', 'activities/context.ts', 'activities/failure-boundary.ts'],
  sql: ['sql/index.ts', 'sql/catalog/index.ts'],
  server: ['server/index.ts'],
};

/** Rooms that no other may import. */
export const closedRooms = ['tests', 'bench', 'tools', 'cli', 'bin', 'template', 'jest.config.ts'];

/**
 * Rooms that are libraries to another: it may import any file of them. A DAG file names the handlers that it uses one
 * by one, so that loading it does not load all of them.
 */
export const libraries: { readonly [room: string]: readonly string[] } = { dags: ['activities'] };
