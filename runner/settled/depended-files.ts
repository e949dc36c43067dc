import {existsSync, readdirSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {objectPath, receiptPath, type StoreLayout} from '../../artifacts/layout.ts';
import type {TreeDigest} from '../../artifacts/trees/digest-tree.ts';
import type {Plan} from '../../schemas/plan.ts';
import type {Receipt} from '../../schemas/receipt.ts';

/** Every file and folder on which the answer "all cached" depended, as far as people and editors touch them. */
export function dependedSources(
  plan: Plan,
  installed: readonly string[],
  code: ReadonlyMap<string, TreeDigest>,
): readonly string[] {
  const files = new Set<string>([...installed, ...plan.files]);
  for (const environment of plan.environments.values()) {
    if (environment.type === 'python') files.add(environment.lock);
  }
  for (const {location} of plan.sources.values()) {
    if (location.from === 'file' && existsSync(location.path)) addAll(location.path, files);
  }
  for (const [folder, {manifest}] of code) {
    // A folder's own time changes when a file is added to it or taken away.
    files.add(folder);
    for (const {path} of manifest.entries) {
      files.add(join(folder, path));
      files.add(dirname(join(folder, path)));
    }
  }
  return [...files];
}

function addAll(path: string, files: Set<string>): void {
  files.add(path);
  let entries: readonly string[];
  try {
    entries = readdirSync(path);
  } catch {
    return; // A file.
  }
  for (const entry of entries) addAll(join(path, entry), files);
}

/** What the store holds of the run: the receipts, and the objects they name directly. */
export function dependedObjects(layout: StoreLayout, receipts: readonly Receipt[]): readonly string[] {
  const files = new Set<string>();
  for (const {key, hardware, outputs} of receipts) {
    files.add(receiptPath(layout, key, hardware.digest));
    for (const {digest} of Object.values(outputs)) files.add(objectPath(layout, digest));
  }
  return [...files];
}
