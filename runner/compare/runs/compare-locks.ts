import type {FieldDifference} from '../../../schemas/comparison.ts';

/** Packages of a lock by their normalised names: `torch` to `2.13.0+cpu`. */
function packagesOf(lock: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of lock.split('\n')) {
    const [, name, version] = PINNED.exec(line) ?? [];
    if (name !== undefined && version !== undefined) found.set(normalise(name), version);
  }
  return found;
}

const PINNED = /^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*(?:===?|@)\s*([^\s;\\]+)/;

/** PEP 503: `Foo.Bar_baz` and `foo-bar-baz` are one package. */
function normalise(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}

/** By package and version. None, though the locks differ: other files of the same versions, or comments. */
export function compareLocks(a: string, b: string): readonly FieldDifference[] {
  const [before, after] = [packagesOf(a), packagesOf(b)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .filter((name) => before.get(name) !== after.get(name))
    .map((path) => ({path, before: before.get(path), after: after.get(path)}));
}
