import { describe, expect, test } from '@jest/globals';
import { closedRooms, doors, libraries, rooms } from './support/rooms';
import { type Import, isNodeBuiltin, packageOf, roomOf, type SourceFile, sourceFiles } from './support/source-files';

const files = sourceFiles();
const ruled = files.filter(({ path }) => roomOf(path) in rooms);

describe('imports', () => {
  test('every room has its rules', () => {
    const without = new Set(files.map(({ path }) => roomOf(path)).filter((room) => !(room in rooms)));

    expect([...without].filter((room) => !['tests', 'jest.config.ts'].includes(room))).toEqual([]);
  });

  test('a room imports only the rooms that its rules name', () => {
    expect(offences(ruled, whyRoomRefused)).toEqual([]);
  });

  test('other rooms come through their doors', () => {
    expect(offences(ruled, whyDoorRefused)).toEqual([]);
  });

  test('a room imports only the packages that its rules name', () => {
    expect(offences(ruled, whyPackageRefused)).toEqual([]);
  });

  test('every relative import leads to a file', () => {
    const known = new Set(files.map(({ path }) => path));
    const why = (_: SourceFile, { file }: Import) =>
      file !== null && !known.has(file) && !/\.(cjs|mjs|json)$/.test(file) ? 'leads nowhere' : null;

    expect(offences(ruled, why)).toEqual([]);
  });

  test('there is no cycle, imports of types included', () => {
    expect(cycles(files)).toEqual([]);
  });
});

type Judge = (file: SourceFile, one: Import) => string | null;

/** One readable line for every import that the judge refuses. */
function offences(among: readonly SourceFile[], judge: Judge): readonly string[] {
  return among.flatMap((file) =>
    file.imports.flatMap((one) => {
      const why = judge(file, one);
      return why === null ? [] : [`${file.path} imports "${one.specifier}": ${why}`];
    }),
  );
}

function whyRoomRefused(file: SourceFile, { file: target, typeOnly }: Import): string | null {
  if (target === null) return null;
  const [from, to] = [roomOf(file.path), roomOf(target)];
  const rule = rooms[from];
  if (from === to || rule === undefined) return null;
  if (closedRooms.includes(to)) return `nothing may import ${to}`;
  if (rule.rooms.includes(to)) return null;
  if (rule.types?.includes(to) === true) return typeOnly ? null : `${from} may import types alone of ${to}`;
  return `${from} may import ${[...rule.rooms, ...(rule.types ?? []).map((room) => `types of ${room}`)].join(', ') || 'no other room'}`;
}

function whyDoorRefused(file: SourceFile, { file: target }: Import): string | null {
  if (target === null || roomOf(file.path) === roomOf(target) || !target.includes('/')) return null;
  if (libraries[roomOf(file.path)]?.includes(roomOf(target)) === true) return null;
  const open = doors[roomOf(target)] ?? [`${roomOf(target)}/index.ts`];
  return open.includes(target) ? null : `other rooms import ${open.join(', ')}`;
}

function whyPackageRefused(file: SourceFile, { specifier, file: target }: Import): string | null {
  const rule = rooms[roomOf(file.path)];
  if (target !== null || rule === undefined) return null;
  if (isNodeBuiltin(specifier)) return rule.nodeBuiltins ? null : 'no Node built-ins here';
  const name = packageOf(specifier);
  const allowed = [...rule.packages, ...(rule.exceptions?.[file.path] ?? [])];
  const isTemporal = name.startsWith('@temporalio/');
  if (allowed.includes(name) || (isTemporal ? allowed.includes('@temporalio/*') : allowed.includes('*'))) return null;
  return isTemporal ? 'Temporal has no place here' : `the packages here are ${allowed.join(', ') || 'none'}`;
}

/** Every cycle once, as the path around it; found by depth-first search over the files. */
function cycles(among: readonly SourceFile[]): readonly string[] {
  const targets = new Map(among.map(({ path, imports }) => [path, imports.flatMap(({ file }) => file ?? [])]));
  const done = new Set<string>();
  const found = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    const seenAt = trail.indexOf(path);
    if (seenAt >= 0) found.add([...trail.slice(seenAt), path].join(' -> '));
    if (seenAt >= 0 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of among) visit(path, []);
  return [...found];
}
