import {closeSync, lstatSync, mkdirSync, openSync} from 'node:fs';
import {join} from 'node:path';
import {namesIn} from '../../artifacts/files/folder-names.ts';
import {StoreError} from '../../artifacts/store-error.ts';

/**
 * `.repro/order/<shelf>/<number>~<run>`: which run came after which. A clock doesn't say: it may have been ahead once,
 * and the run that it named then would be the last for ever. Each run takes the number after the greatest; two that
 * take the same one began together. Only names are looked at, never what is in these files.
 */
export function takeRunNumber(project: string, shelf: string, run: string): void {
  const folder = folderOf(project, shelf);
  for (const path of [join(project, 'order'), folder]) refuseLink(path);
  mkdirSync(folder, {recursive: true});
  const last = [...numbersIn(folder).values()].reduce((most, number) => Math.max(most, number), 0);
  closeSync(openSync(join(folder, `${String(last + 1).padStart(8, '0')}~${run}`), 'w'));
}

/** A project out of an archive may bring one that leads anywhere: we would write there. */
function refuseLink(path: string): void {
  if (lstatSync(path, {throwIfNoEntry: false})?.isSymbolicLink() === true)
    throw new StoreError('occupied', path, `${path} is a symbolic link: move it away, then run again`);
}

/** Oldest first. Runs made before runs had numbers come before all that have one, by the time in their names. */
export function oldestFirst(project: string, shelf: string, runs: readonly string[]): readonly string[] {
  const numbers = numbersIn(folderOf(project, shelf));
  const keyed = runs.map((run) => ({run, number: numbers.get(run) ?? 0, ...timeOf(run)}));
  keyed.sort((a, b) => a.number - b.number || byText(a.stamp, b.stamp) || a.again - b.again);
  return keyed.map(({run}) => run);
}

function folderOf(project: string, shelf: string): string {
  return join(project, 'order', shelf);
}

function numbersIn(folder: string): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const name of namesIn(folder, 'no-folder')) {
    const [, digits, run] = /^([0-9]{1,15})~(.+)$/.exec(name) ?? [];
    if (run !== undefined) numbers.set(run, Math.max(Number(digits), numbers.get(run) ?? 0));
  }
  return numbers;
}

/** `20260102T030405Z-12` is the twelfth of its second. */
function timeOf(run: string): {readonly stamp: string; readonly again: number} {
  const [, stamp = run, again = '1'] = /^(.*Z)-([0-9]{1,9})$/.exec(run) ?? [];
  return {stamp, again: Number(again)};
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
