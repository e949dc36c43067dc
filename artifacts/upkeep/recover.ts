import {renameSync} from 'node:fs';
import {storeNamesIn} from '../files/folder-names.ts';
import {removeTree, type Stuck} from '../files/remove-tree.ts';
import type {StoreLayout} from '../layout.ts';
import {ownerOf} from '../owner.ts';
import {errnoOf} from '../store-error.ts';
import {restoreCondemned} from './condemning.ts';
import {setAside} from './leftovers.ts';

export interface RecoverOptions {
  /** Whether the process that has this name (owner.ts) still runs. */
  readonly isAlive: (owner: string) => boolean;
  /** Folders whose entries are named by their owner: scratch directories of stages. */
  readonly scratch?: readonly string[];
}

export interface Recovered {
  readonly temporary: number;
  readonly scratch: number;
  /** What could not be removed. It was moved out of the way where that was possible: nobody is told twice. */
  readonly stuck: readonly Stuck[];
}

/**
 * Removes what killed processes left behind. There is nothing to repair and nothing to unlock: a
 * half-written file never had a real name.
 */
export function recover(layout: StoreLayout, {isAlive, scratch = []}: RecoverOptions): Recovered {
  const alive = new Map<string, boolean>();
  const isDead = (owner: string) => {
    const known = alive.get(owner) ?? isAlive(owner);
    alive.set(owner, known);
    return !known;
  };
  const stuck: Stuck[] = [];
  const remove = (folder: string) => removeLeavings(layout, leavingsIn(folder, isDead), stuck);
  const temporary = remove(layout.temporary);
  remove(layout.leases);
  releasePartials(layout, isDead);
  for (const place of leavingsIn(layout.condemned, isDead)) restoreCondemned(layout, place);
  const folders = scratch.map(remove);
  return {temporary, scratch: folders.reduce((sum, count) => sum + count, 0), stuck};
}

function removeLeavings(layout: StoreLayout, paths: readonly string[], stuck: Stuck[]): number {
  let removed = 0;
  for (const path of paths) {
    const left = removeTree(path);
    if (left.length === 0) removed++;
    else stuck.push(...setAside(layout, path, left));
  }
  return removed;
}

function leavingsIn(folder: string, isDead: (owner: string) => boolean): readonly string[] {
  const isLeft = (name: string) => {
    const owner = ownerOf(name);
    return owner !== undefined && isDead(owner);
  };
  return storeNamesIn(folder, 'no-folder')
    .filter(isLeft)
    .map((name) => `${folder}/${name}`);
}

/** A large object that a dead process was fetching: whoever wants it next goes on with it. */
function releasePartials({partial}: StoreLayout, isDead: (owner: string) => boolean): void {
  for (const path of leavingsIn(partial, isDead)) {
    try {
      renameSync(path, `${partial}/${path.slice(path.indexOf('~', partial.length) + 1)}`);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }
}
