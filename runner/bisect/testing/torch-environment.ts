import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import type {TestContext} from 'vitest';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {hexOf} from '../../../schemas/digest.ts';
import type {Rig} from '../../testing/rig.ts';
import {ROOT} from '../../testing/source-files.ts';

const LOCK = readFileSync(join(ROOT, 'stages/_environments/cpu.lock.txt'), 'utf8');
const CACHE = process.env.XDG_CACHE_HOME || join(process.env.HOME ?? homedir(), '.cache');
const BUILT = ['cp311', 'cp312']
  .map((python) => join(CACHE, 'repro/environments', nameOf(LOCK, python)))
  .find((home) => existsSync(join(home, 'repro-complete.json')));

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
  link(rig, lock);
  rig.write({'train.lock.txt': lock});
}

/**
 * Another lock and an environment in which torch is another: its AdamW divides before it takes the square root, which is
 * the same in algebra and not in floats. A copy by hard links with two files replaced.
 */
export function lendOtherTorch(rig: Rig): void {
  const lock = LOCK.replace(/^torch==\S+/m, 'torch==2.13.1+cpu');
  const home = join(rig.environments, nameOf(lock, pythonOf(BUILT ?? '')));
  execFileSync('cp', ['-al', BUILT ?? '', home]);
  const torch = join(home, 'lib', `python3.${pythonOf(home).slice(3)}`, 'site-packages/torch');
  replaceIn(join(torch, 'optim/adam.py'), OLD_DENOMINATOR, NEW_DENOMINATOR);
  replaceIn(join(torch, 'version.py'), '2.13.0', '2.13.1');
  rig.write({'train.lock.txt': lock});
}

const OLD_DENOMINATOR = '(exp_avg_sq.sqrt() / bias_correction2_sqrt).add_(eps)';
const NEW_DENOMINATOR = '(exp_avg_sq / bias_correction2_sqrt**2).sqrt().add_(eps)';

function replaceIn(file: string, before: string, after: string): void {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(before)) throw new Error(`${file} has no ${before}`);
  rmSync(file); // A hard link: what it is linked to must stay.
  writeFileSync(file, text.replaceAll(before, after));
}

function link(rig: Rig, lock: string): void {
  const place = join(rig.environments, nameOf(lock, pythonOf(BUILT ?? '')));
  if (!existsSync(place)) symlinkSync(BUILT ?? '', place);
}

function nameOf(lock: string, python: string): string {
  return `v2-${hexOf(digestOfBytes(lock)).slice(0, 20)}-${python}`;
}

function pythonOf(home: string): string {
  return home.slice(-'cp311'.length);
}
