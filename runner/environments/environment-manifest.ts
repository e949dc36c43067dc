import {chmodSync, lstatSync, readdirSync, readlinkSync, type Stats} from 'node:fs';
import {join} from 'node:path';
import {replaceFile} from '../../artifacts/files/replace-file.ts';
import {readSmallText} from '../../artifacts/files/small-file.ts';
import {digestOfBytes, digestOfFile} from '../../artifacts/hashing.ts';
import type {Digest} from '../../schemas/digest.ts';

/** Beside the marker in an environment; these two are not in the manifest that they are about. */
export const MANIFEST = 'repro-manifest.txt';
export const COMPLETE = 'repro-complete.json';

/**
 * Every file of an environment with its bytes' digest, one a line, sorted. Links are what they point to; folders
 * count, for an empty one is a package to Python.
 */
export function environmentManifestOf(home: string): string {
  const lines: string[] = [];
  walk(home, '', (path, stat) => {
    if (path === MANIFEST || path === COMPLETE) return;
    const file = join(home, path);
    const executable = (stat.mode & 0o111) === 0 ? 'file' : 'program';
    if (stat.isDirectory()) lines.push(`${path}\tfolder`);
    else if (stat.isSymbolicLink()) lines.push(`${path}\tlink\t${readlinkSync(file)}`);
    else if (stat.isFile()) lines.push(`${path}\t${executable}\t${digestOfFile(file).digest}`);
    else lines.push(`${path}\tneither file nor folder`);
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** The path of the first entry that is not in both. */
function firstDifference(recorded: string, now: string): string | undefined {
  const [a, b] = [new Set(recorded.split('\n')), new Set(now.split('\n'))];
  const odd = [...a].filter((line) => !b.has(line)).concat([...b].filter((line) => !a.has(line)));
  return odd.sort()[0]?.split('\t')[0];
}

/** What a look at each file says, without reading it: a write changes a ctime, which nobody can set. */
function looksOf(home: string): string {
  const lines: string[] = [];
  walk(home, '', (path, {size, mtimeMs, ctimeMs, ino, mode}) => {
    lines.push(`${path}\t${size}\t${mtimeMs}\t${ctimeMs}\t${ino}\t${mode}\n`);
  });
  return lines.join('');
}

function walk(home: string, folder: string, visit: (path: string, stat: Stats) => void): void {
  for (const name of readdirSync(join(home, folder)).sort()) {
    const path = folder === '' ? name : `${folder}/${name}`;
    const stat = lstatSync(join(home, path));
    visit(path, stat);
    if (stat.isDirectory()) walk(home, path, visit);
  }
}

/** Whether all looks as when it was last read. The looks lie beside the environment: losing them costs a reading. */
export function looksUnchanged(home: string): boolean {
  return readSmallText(looksFile(home)) === looksOf(home);
}

export function rememberLooks(home: string): void {
  try {
    replaceFile(looksFile(home), Buffer.from(looksOf(home)));
  } catch {
    // A cache that can't be written: it is read again next time.
  }
}

export function looksFile(home: string): string {
  return `${home}.looks`;
}

/** The path of what was changed in an environment since it was built. Reads every byte. */
export function changedIn(home: string, recorded: Digest): string | undefined {
  const text = readSmallText(join(home, MANIFEST)) ?? '';
  if (digestOfBytes(text) !== recorded) return MANIFEST;
  return firstDifference(text, environmentManifestOf(home));
}

/** All in it, for everybody; itself once it is where it belongs. Root may still write: hence the manifest. */
export function makeReadOnly(home: string): void {
  walk(home, '', (path, stat) => {
    if (!stat.isSymbolicLink()) chmodSync(join(home, path), stat.mode & 0o555);
  });
}
