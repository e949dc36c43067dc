import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, normalize, relative} from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const ROOMS = ['schemas', 'artifacts', 'runner'];

/** Every TypeScript file of ours, with what it imports: types and lazy imports as well. */
export function sourceFiles(): readonly SourceFile[] {
  const paths = ROOMS.flatMap((room) =>
    readdirSync(join(ROOT, room), {recursive: true, encoding: 'utf8'}).map((path) => `${room}/${path}`),
  );
  return ['reproduce.ts', ...paths.filter((path) => path.endsWith('.ts'))].map((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    return {path, text, imports: importsOf(text)};
  });
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s+'([^']+)'|(?:^|\n)\s*import\s+'([^']+)'|import\('([^']+)'\)/g;

function importsOf(text: string): readonly string[] {
  return [...text.matchAll(IMPORT)].flatMap((match) => match[1] ?? match[2] ?? match[3] ?? []);
}

/** The file that a relative import means, from the root; undefined for a package. */
export function target(from: SourceFile, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return relative('.', normalize(join(dirname(from.path), specifier)));
}

export function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.includes('/testing/');
}
