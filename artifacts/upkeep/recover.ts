import {readdirSync, renameSync, rmSync} from 'node:fs';
import type {StoreLayout} from '../layout.ts';
import {ownerOf} from '../owner.ts';
import {errnoOf} from '../store-error.ts';
import {restoreCondemned} from './condemning.ts';
import {makeRemovable} from './make-removable.ts';

export interface RecoverOptions {
  /** Whether the process named by boot id, pid and start time still runs. */
  readonly isAlive: (owner: string) => boolean;
  /** Folders whose entries are named by their owner: scratch directories of stages. */
  readonly scratch?: readonly string[];
}

export interface Recovered {
  readonly temporary: number;
  readonly scratch: number;
  /** What could not be removed; the next start tries again. */
  readonly kept: readonly string[];
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
  const kept: string[] = [];
  const temporary = removeLeavings(layout.temporary, isDead, kept);
  removeLeavings(layout.leases, isDead, kept);
  releasePartials(layout, isDead);
  for (const place of leavingsIn(layout.condemned, isDead)) restoreCondemned(layout, place);
  const folders = scratch.map((folder) => removeLeavings(folder, isDead, kept));
  return {temporary, scratch: folders.reduce((sum, count) => sum + count, 0), kept};
}

function removeLeavings(folder: string, isDead: (owner: string) => boolean, kept: string[]): number {
  let removed = 0;
  for (const path of leavingsIn(folder, isDead)) {
    if (remove(path)) removed++;
    else kept.push(path);
  }
  return removed;
}

function leavingsIn(folder: string, isDead: (owner: string) => boolean): readonly string[] {
  const isLeft = (name: string) => {
    const owner = ownerOf(name);
    return owner !== undefined && isDead(owner);
  };
  return namesIn(folder)
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

/** Another process may be recovering too: what is gone is removed. Links are removed, not followed. */
function remove(path: string): boolean {
  try {
    rmSync(path, {recursive: true, force: true});
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
  return removeStubborn(path);
}

/** A stage may have left directories without write permission. */
function removeStubborn(path: string): boolean {
  try {
    makeRemovable(path);
    rmSync(path, {recursive: true, force: true});
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
