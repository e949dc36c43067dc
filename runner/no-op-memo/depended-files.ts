import {existsSync, readdirSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {objectPath, receiptPath, type StoreLayout} from '../../artifacts/layout.ts';
import type {TreeDigest} from '../../artifacts/trees/digest-tree.ts';
import type {Plan} from '../../schemas/plan.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import type {NamesIn} from './no-op-memo.ts';

/** Every file and folder on which the answer "all cached" depended, as far as people and editors touch them. */
export function dependedFiles(
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
    for (const {path} of manifest.entries) files.add(join(folder, path));
    addFolders(folder, files);
  }
  return [...files];
}

/** A folder's own time changes when a file is added to it or taken away. One that is empty now is no part of any tree. */
function addFolders(folder: string, files: Set<string>): void {
  files.add(folder);
  for (const entry of readdirSync(folder, {withFileTypes: true})) {
    if (entry.isDirectory() && !entry.name.startsWith('.')) addFolders(join(folder, entry.name), files);
  }
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

/** The objects that the run's receipts name directly. */
export function dependedObjects(layout: StoreLayout, receipts: readonly Receipt[]): readonly string[] {
  const files = new Set<string>();
  for (const {outputs} of receipts) {
    for (const {digest} of Object.values(outputs)) files.add(objectPath(layout, digest));
  }
  return [...files];
}

/** The receipts themselves, by the folders they are in. */
export function dependedReceipts(layout: StoreLayout, receipts: readonly Receipt[]): readonly NamesIn[] {
  const folders = new Map<string, string[]>();
  for (const {key, hardware} of receipts) {
    const path = receiptPath(layout, key, hardware.digest);
    const names = folders.get(dirname(path)) ?? [];
    names.push(basename(path));
    folders.set(dirname(path), names);
  }
  return [...folders].map(([folder, names]) => ({folder, names}));
}
