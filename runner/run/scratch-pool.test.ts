import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {scratchPool} from './scratch-pool.ts';

const OWNER = 'boot.1.2';

/** Everything in it, with permissions: what the next stage would find. */
function contents(directory: string): readonly string[] {
  return readdirSync(directory, {recursive: true, encoding: 'utf8'})
    .map((path) => `${path} ${(lstatSync(join(directory, path)).mode & 0o777).toString(8)}`)
    .sort();
}

it('gives a scratch directory that nobody uses, and the same again when it was given back', () => {
  const pool = scratchPool(temporaryDirectory(), OWNER, () => undefined);
  const one = pool.take();
  const two = pool.take();
  expect(two).not.toBe(one);
  pool.giveBack(one);
  expect(pool.take()).toBe(one);
});

it('gives it as it was at first, whatever a stage did to it', () => {
  const outside = temporaryDirectory();
  writeFileSync(join(outside, 'precious'), '');
  const pool = scratchPool(temporaryDirectory(), OWNER, () => undefined);
  const scratch = pool.take();
  const fresh = contents(scratch);
  mkdirSync(join(scratch, 'outputs/a/b'), {recursive: true});
  writeFileSync(join(scratch, 'outputs/a/b/c'), '');
  chmodSync(join(scratch, 'outputs/a/b'), 0o000);
  chmodSync(join(scratch, 'outputs'), 0o500);
  rmSync(join(scratch, 'tmp'), {recursive: true});
  symlinkSync(outside, join(scratch, 'tmp'));
  rmSync(join(scratch, 'resume'), {recursive: true});
  writeFileSync(join(scratch, 'resume'), 'a file');
  writeFileSync(join(scratch, 'values.json'), '{}');
  chmodSync(scratch, 0o500);
  pool.giveBack(scratch);
  expect(pool.take()).toBe(scratch);
  expect(contents(scratch)).toEqual(fresh);
  expect(lstatSync(scratch).mode & 0o777).toBe(0o700);
  expect(existsSync(join(outside, 'precious'))).toBe(true);
});

it('never gives a spoiled one again, nor its name', () => {
  const room = temporaryDirectory();
  const pool = scratchPool(room, OWNER, () => undefined);
  const scratch = pool.take();
  pool.spoil(scratch);
  pool.giveBack(scratch);
  expect(pool.take()).not.toBe(scratch);
  expect(existsSync(scratch)).toBe(false);
  pool.close();
  expect(readdirSync(room)).toEqual([]);
});
