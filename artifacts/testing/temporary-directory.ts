import {mkdtempSync, realpathSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {onTestFinished} from 'vitest';
import {makeRemovable} from '../upkeep/make-removable.ts';

/** A fresh folder that is gone when the test is. */
export function temporaryDirectory(under: string = tmpdir()): string {
  const folder = realpathSync(mkdtempSync(join(under, 'repro-artifacts-')));
  onTestFinished(() => {
    makeRemovable(folder);
    rmSync(folder, {recursive: true, force: true});
  });
  return folder;
}
