import {mkdtempSync, realpathSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {onTestFinished} from 'vitest';
import {removeTree} from '../files/remove-tree.ts';

/** A fresh folder that is gone when the test is. */
export function temporaryDirectory(under: string = tmpdir()): string {
  const folder = realpathSync(mkdtempSync(join(under, 'repro-artifacts-')));
  onTestFinished(() => {
    removeTree(folder);
  });
  return folder;
}
