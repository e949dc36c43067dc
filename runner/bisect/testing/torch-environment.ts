import {execFileSync} from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import type {TestContext} from 'vitest';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {environmentName, findBuilt} from '../../environments/built-environment.ts';
import {
  COMPLETE,
  environmentManifestOf,
  looksFile,
  MANIFEST,
  rememberLooks,
} from '../../environments/environment-manifest.ts';
import {minorOf} from '../../environments/interpreter.ts';
import type {Rig} from '../../testing/rig.ts';
import {ROOT} from '../../testing/source-files.ts';

const LOCK = readFileSync(join(ROOT, 'stages/_environments/cpu.lock.txt'), 'utf8');
const CACHE = process.env.XDG_CACHE_HOME || join(process.env.HOME ?? homedir(), '.cache');
const FOUND = findBuilt(join(CACHE, 'repro/environments'), digestOfBytes(LOCK));
const BUILT = FOUND?.home;

export function isTorchBuilt(): boolean {
  return BUILT !== undefined;
}

/** The user's own environment for training: half a gigabyte that no test should build. */
export function needsTorch(context: TestContext): void {
  context.skip(
    BUILT === undefined,
    'NOT TESTED: the environment of stages/_environments/cpu.lock.txt is not built; `repro run pipelines/polaris.yaml` builds it',
  );
}

/** Lets a rig with environments of its own use it, under the lock `train.lock.txt`. */
export function lendTorch(rig: Rig): void {
  mkdirSync(rig.environments, {recursive: true});
  link(rig, LOCK);
  rig.write({'train.lock.txt': LOCK});
}

/** Another lock, whose environment is the same in truth: a package that does not matter has another version. */
export function lendHarmless(rig: Rig): void {
  const lock = LOCK.replace(/^tqdm==\S+/m, 'tqdm==0.0.1');
  forge(rig, lock, () => undefined);
  rig.write({'train.lock.txt': lock});
}

/**
 * Another lock and an environment in which torch is another: its AdamW divides before it takes the square root, which is
 * the same in algebra and not in floats. A copy by hard links with two files replaced.
 */
export function lendOtherTorch(rig: Rig): void {
  const lock = LOCK.replace(/^torch==\S+/m, 'torch==2.13.1+cpu');
  forge(rig, lock, (home) => {
    const torch = join(home, 'lib', `python${minorOf(versionOf())}`, 'site-packages/torch');
    replaceIn(join(torch, 'optim'), 'adam.py', OLD_DENOMINATOR, NEW_DENOMINATOR);
    replaceIn(torch, 'version.py', '2.13.0', '2.13.1');
  });
  rig.write({'train.lock.txt': lock});
}

const OLD_DENOMINATOR = '(exp_avg_sq.sqrt() / bias_correction2_sqrt).add_(eps)';
const NEW_DENOMINATOR = '(exp_avg_sq / bias_correction2_sqrt**2).sqrt().add_(eps)';

function replaceIn(folder: string, name: string, before: string, after: string): void {
  const file = join(folder, name);
  const text = readFileSync(file, 'utf8');
  if (!text.includes(before)) throw new Error(`${file} has no ${before}`);
  rmSync(file); // A hard link: what it is linked to must stay.
  writeFileSync(file, text.replaceAll(before, after));
  // Its byte code is not compared with it.
  const code = join(folder, '__pycache__');
  for (const each of readdirSync(code)) if (each.startsWith(name.slice(0, -2))) rmSync(join(code, each));
}

/** By hard links, under another lock's name, with a marker and a manifest as if it had been built so. */
function forge(rig: Rig, lock: string, change: (home: string) => void): void {
  if (FOUND === undefined) throw new Error('there is nothing to forge from');
  const home = placeOf(rig, lock);
  mkdirSync(rig.environments, {recursive: true});
  execFileSync('cp', ['-al', FOUND.home, home]);
  // Its folders are its own, its files are shared with the one it is a copy of.
  execFileSync('find', [home, '-type', 'd', '-exec', 'chmod', 'u+w', '{}', '+']);
  change(home);
  const manifest = environmentManifestOf(home);
  const marker = {...FOUND.marker, lock: digestOfBytes(lock), manifest: digestOfBytes(manifest)};
  for (const name of [MANIFEST, COMPLETE]) rmSync(join(home, name));
  writeFileSync(join(home, MANIFEST), manifest);
  writeFileSync(join(home, COMPLETE), JSON.stringify(marker));
  rememberLooks(home);
}

function link(rig: Rig, lock: string): void {
  const place = placeOf(rig, lock);
  if (BUILT === undefined || existsSync(place)) return;
  symlinkSync(BUILT, place);
  if (existsSync(looksFile(BUILT))) copyFileSync(looksFile(BUILT), looksFile(place));
}

function placeOf(rig: Rig, lock: string): string {
  return join(rig.environments, environmentName(digestOfBytes(lock), versionOf()));
}

function versionOf(): string {
  return FOUND?.marker.python.version ?? '';
}
