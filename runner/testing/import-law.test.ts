import {describe, expect, it} from 'vitest';
import {isTest, type SourceFile, sourceFiles, target} from './source-files.ts';

/** Which rooms a room may import, beside itself. Types count. */
const LAW: Readonly<Record<string, readonly string[]>> = {
  schemas: [],
  artifacts: ['schemas'],
  'runner/load': ['schemas'],
  'runner/plan': ['schemas', 'runner/load'],
  'runner/executors': ['schemas'],
  'runner/environments': ['schemas', 'artifacts', 'runner/executors', 'runner/sandbox'],
  'runner/hardware': ['schemas', 'artifacts', 'runner/executors'],
  'runner/sandbox': ['schemas', 'runner/executors'],
  'runner/identity': ['schemas', 'artifacts'],
  'runner/sources': ['schemas', 'artifacts'],
  'runner/provenance': ['schemas'],
  'runner/stores': ['schemas', 'artifacts', 'runner/load'],
  'runner/attest': ['schemas', 'artifacts', 'runner/executors'],
  'runner/publish': ['schemas', 'artifacts', 'runner/attest'],
  'runner/audit': ['schemas', 'artifacts', 'runner/attest', 'runner/compare', 'runner/identity'],
  'runner/guest': ['schemas', 'artifacts', 'runner/audit', 'runner/provenance', 'runner/sources'],
  'runner/compare': ['schemas', 'artifacts', 'runner/identity'],
  'runner/settled': ['schemas', 'artifacts'],
  'runner/report': ['schemas', 'artifacts'],
  'runner/run': [
    'schemas',
    'artifacts',
    'runner/compare',
    'runner/environments',
    'runner/executors',
    'runner/hardware',
    'runner/identity',
    'runner/sandbox',
    'runner/sources',
  ],
  'runner/replay': ['schemas', 'artifacts', 'runner/compare', 'runner/identity', 'runner/run'],
  'runner/bisect': [
    'schemas',
    'artifacts',
    'runner/compare',
    'runner/identity',
    'runner/replay',
    'runner/run',
  ],
  'runner/commands': [
    'schemas',
    'artifacts',
    'runner/attest',
    'runner/audit',
    'runner/bisect',
    'runner/compare',
    'runner/environments',
    'runner/executors',
    'runner/guest',
    'runner/hardware',
    'runner/identity',
    'runner/load',
    'runner/plan',
    'runner/provenance',
    'runner/publish',
    'runner/replay',
    'runner/report',
    'runner/run',
    'runner/sandbox',
    'runner/settled',
    'runner/sources',
    'runner/stores',
  ],
  'reproduce.ts': ['schemas', 'runner/commands', 'runner/report', 'runner/settled'],
};

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

  it('is kept: schemas ← artifacts ← runner ← reproduce.ts, and by the rooms of the runner', () => {
    const broken = product.flatMap((file) =>
      importedRooms(file)
        .filter(([room]) => !mayImport(file, room))
        .map(([, text]) => text),
    );
    expect(broken).toEqual([]);
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
