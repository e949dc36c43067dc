import {chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {openStore} from '../open/open-store.ts';
import {ownedName} from '../owner.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {recover} from './recover.ts';

const DEAD = 'boot.1.2';
const ALIVE = 'boot.2.3';
const isAlive = (owner: string) => owner === ALIVE;

it('removes what the dead left, and nothing else', async () => {
  const {layout} = await openStore({directory: temporaryDirectory(), owner: ALIVE});
  const scratch = join(layout.root, 'scratch');
  const outside = temporaryDirectory();
  writeFileSync(join(outside, 'precious'), '');
  for (const owner of [DEAD, ALIVE]) {
    writeFileSync(join(layout.temporary, ownedName(owner, 'half')), 'half');
    mkdirSync(join(scratch, ownedName(owner, 'sft'), 'outputs/deep'), {recursive: true});
    symlinkSync(outside, join(scratch, ownedName(owner, 'sft'), 'link'));
  }
  writeFileSync(join(scratch, 'note of a person'), '');
  chmodSync(join(scratch, ownedName(DEAD, 'sft'), 'outputs'), 0o500);
  const asked: string[] = [];
  const recovered = recover(layout, {
    isAlive: (owner) => asked.push(owner) > 0 && isAlive(owner),
    scratch: [scratch, join(layout.root, 'never made')],
  });
  expect(recovered).toEqual({temporary: 1, scratch: 1, stuck: []});
  expect(readdirSync(layout.temporary)).toEqual([ownedName(ALIVE, 'half')]);
  expect(readdirSync(scratch).sort()).toEqual([ownedName(ALIVE, 'sft'), 'note of a person']);
  expect(existsSync(join(outside, 'precious'))).toBe(true);
  expect(asked.sort()).toEqual([DEAD, ALIVE]);
});

it('has nothing to do in a new store, and may be run at any time', async () => {
  const {layout, artifacts} = await openStore({directory: temporaryDirectory(), owner: ALIVE});
  const writing = artifacts.write(Buffer.from('hello'));
  expect(recover(layout, {isAlive})).toEqual({temporary: 0, scratch: 0, stuck: []});
  expect(await artifacts.missing([(await writing).digest])).toEqual(new Set());
});

describe('what a dead process was fetching', () => {
  it('is anybody’s to go on with, and a living one’s is not', async () => {
    const {layout} = await openStore({directory: temporaryDirectory(), owner: 'boot.1.1'});
    mkdirSync(layout.partial);
    const [dead, living] = ['a'.repeat(64), 'b'.repeat(64)];
    writeFileSync(join(layout.partial, `boot.7.7~${dead}`), 'half');
    writeFileSync(join(layout.partial, `boot.2.2~${living}`), 'half');
    recover(layout, {isAlive: (owner) => owner !== 'boot.7.7'});
    expect(readdirSync(layout.partial).sort()).toEqual([dead, `boot.2.2~${living}`]);
  });
});
