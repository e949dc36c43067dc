import {describe, expect, it} from 'vitest';
import {byCodeUnit} from '../../schemas/canonical-json.ts';
import {FLOORS, FLOORS_WITHIN, type Floor} from './floors.ts';
import {isTest, type SourceFile, sourceFiles, target} from './source-files.ts';

const LAW: Readonly<Record<string, readonly string[]>> = Object.fromEntries(FLOORS);

/** One vendor, one room. */
const VENDORS: Readonly<Record<string, readonly string[]>> = {
  zod: ['schemas'],
  yaml: ['runner/load'],
  execa: ['runner/executors', 'runner/environments'],
  'simple-git': ['runner/sources'],
  'ipaddr.js': ['artifacts/web'],
  commander: ['runner/commands'],
  '@aws-sdk/client-s3': ['artifacts/s3'],
};

const NAMELESS = /(^|\/)(util|utils|common|helpers|helper|misc|types|shared)(\/|\.ts$)/;

const files = sourceFiles();
const product = files.filter(({path}) => !isTest(path));

describe('the import law', () => {
  it('is known for every room', () => {
    const rooms = new Set(product.map(({path}) => roomOf(path)));
    expect([...rooms].filter((room) => !(room in LAW))).toEqual([]);
    expect(product.length).toBeGreaterThan(50);
  });

  it('is kept: schemas ← artifacts ← runner ← reproduce.ts, and by every room of the runner', () => {
    const broken = product.flatMap((file) =>
      importedRooms(file)
        .filter(([room]) => !mayImport(file, room))
        .map(([, text]) => text),
    );
    expect(broken).toEqual([]);
  });

  it.each(Object.entries(FLOORS_WITHIN))('is kept within %s, folder by folder', (room, floors) => {
    const within = product.filter(({path}) => path.startsWith(`${room}/`));
    const folders = new Set(within.map(({path}) => folderOf(room, path)));
    expect(within.length).toBeGreaterThan(20);
    expect(floors.map(([folder]) => folder).sort(byCodeUnit)).toEqual([...folders].sort(byCodeUnit));
    expect(within.flatMap((file) => brokenWithin(room, floors, file))).toEqual([]);
  });

  it('names every room after those that it may import', () => {
    for (const floors of [FLOORS, ...Object.values(FLOORS_WITHIN)]) {
      const order = floors.map(([room]) => room);
      for (const [room, mayImport] of floors)
        for (const other of mayImport) expect(order.slice(0, order.indexOf(room)), room).toContain(other);
    }
  });

  it('permits nothing that no file needs', () => {
    const used = new Set(
      product.flatMap((file) => importedRooms(file).map(([room]) => `${roomOf(file.path)} ${room}`)),
    );
    const idle = FLOORS.flatMap(([room, others]) => others.map((other) => `${room} ${other}`));
    expect(idle.filter((pair) => !used.has(pair))).toEqual([]);
  });

  it('lets each vendor into its own room only', () => {
    const broken = product.flatMap((file) =>
      file.imports
        .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
        .filter((vendor) => !(VENDORS[vendor] ?? []).some((room) => file.path.startsWith(`${room}/`)))
        .map((vendor) => `${file.path} imports ${vendor}`),
    );
    expect(broken).toEqual([]);
  });

  it('has no cycles, types included', () => {
    expect(cycleIn(product)).toBeUndefined();
  });

  it('would notice a broken rule', () => {
    const bad = {path: 'artifacts/x.ts', text: '', imports: ['../runner/run/run-plan.ts']};
    expect(importedRooms(bad).filter(([room]) => !mayImport(bad, room))).toHaveLength(1);
    const upwards = {path: 'artifacts/disk/x.ts', text: '', imports: ['../remote/pull.ts']};
    expect(brokenWithin('artifacts', FLOORS_WITHIN.artifacts ?? [], upwards)).toEqual([
      'artifacts/disk/x.ts imports artifacts/remote/pull.ts',
    ]);
    const a = {path: 'schemas/a.ts', text: '', imports: ['./b.ts']};
    const b = {path: 'schemas/b.ts', text: '', imports: ['./a.ts']};
    expect(cycleIn([a, b])).toEqual(['schemas/a.ts', 'schemas/b.ts', 'schemas/a.ts']);
  });
});

describe('the house style', () => {
  it('keeps every file under 300 lines', () => {
    expect(files.filter(({text}) => text.split('\n').length > 301).map(({path}) => path)).toEqual([]);
  });

  it('gives every file a name that says what it is', () => {
    expect(files.filter(({path}) => NAMELESS.test(path)).map(({path}) => path)).toEqual([]);
  });

  it('touches the process, the clock and the console in reproduce.ts only', () => {
    const banned = /(?<![.\w'"`/])(process\.(?!\w+['`])|console\.|Date\.now\(|Math\.random\()/;
    const broken = product.filter(
      ({path, text}) => path !== 'reproduce.ts' && banned.test(withoutComments(text)),
    );
    expect(broken.map(({path}) => path)).toEqual([]);
  });

  it('orders nothing by locale', () => {
    const broken = product.filter(({text}) => /\blocaleCompare\(|Intl\.Collator/.test(withoutComments(text)));
    expect(broken.map(({path}) => path)).toEqual([]);
  });
});

function roomOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first === 'runner' ? `runner/${second}` : first;
}

function importedRooms(file: SourceFile): readonly (readonly [room: string, text: string])[] {
  return file.imports.flatMap((specifier) => {
    const path = target(file, specifier);
    return path === undefined ? [] : [[roomOf(path), `${file.path} imports ${path}`] as const];
  });
}

function mayImport(file: SourceFile, room: string): boolean {
  const own = roomOf(file.path);
  return room === own || (LAW[own] ?? []).includes(room);
}

/** The folder of a room that a file is in; `.` for a file beside the folders. */
function folderOf(room: string, path: string): string {
  const [first = '', ...rest] = path.slice(room.length + 1).split('/');
  return rest.length === 0 ? '.' : first;
}

function brokenWithin(room: string, floors: readonly Floor[], file: SourceFile): readonly string[] {
  const own = folderOf(room, file.path);
  const allowed = [own, ...(floors.find(([folder]) => folder === own)?.[1] ?? [])];
  return file.imports
    .flatMap((specifier) => target(file, specifier) ?? [])
    .filter((path) => path.startsWith(`${room}/`) && !allowed.includes(folderOf(room, path)))
    .map((path) => `${file.path} imports ${path}`);
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '');
}

/** The first import cycle, as the files that it goes through. */
function cycleIn(all: readonly SourceFile[]): readonly string[] | undefined {
  const graph = new Map(
    all.map((file) => [file.path, file.imports.flatMap((specifier) => target(file, specifier) ?? [])]),
  );
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const next of graph.get(path) ?? []) {
      const found = walk(next, [...trail, path]);
      if (found !== undefined) return found;
    }
    done.add(path);
    return undefined;
  };
  for (const path of graph.keys()) {
    const found = walk(path, []);
    if (found !== undefined) return found;
  }
  return undefined;
}
