import {mkdirSync, openSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {diskTroubleOf} from './disk-trouble.ts';
import {temporaryDirectory} from './testing/temporary-directory.ts';

function troubleOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    return diskTroubleOf(error);
  }
  throw new Error('nothing was wrong');
}

it('is what a system call says of the disk, with the file', () => {
  const folder = temporaryDirectory();
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(troubleOf(() => readFileSync(folder))).toMatchObject({trouble: 'occupied', errno: 'EISDIR'});
  expect(troubleOf(() => mkdirSync(file))).toMatchObject({trouble: 'occupied', path: file});
  expect(troubleOf(() => mkdirSync(join(file, 'x')))).toMatchObject({trouble: 'occupied', errno: 'ENOTDIR'});
  expect(troubleOf(() => openSync(join(folder, 'none'), 'r'))).toMatchObject({
    trouble: 'missing',
    call: 'open',
  });
  expect(troubleOf(() => writeFileSync(join(folder, 'x'.repeat(300)), ''))).toMatchObject({
    trouble: 'too-long',
  });
  mkdirSync(join(folder, 'full/of/things'), {recursive: true});
  mkdirSync(join(folder, 'other'));
  expect(troubleOf(() => renameSync(join(folder, 'other'), join(folder, 'full')))).toMatchObject({
    trouble: 'occupied',
    path: join(folder, 'full'),
  });
  expect(troubleOf(() => writeFileSync('/dev/full', 'x'))).toMatchObject({trouble: 'full', errno: 'ENOSPC'});
});

it('says of a folder that can’t be made what is wrong with where it should be', () => {
  const folder = temporaryDirectory();
  // As Node puts it of `mkdir -p` on a read-only file system.
  const path = join(folder, 'a/b');
  const error = Object.assign(new Error('no such file'), {code: 'ENOENT', syscall: 'mkdir', path});
  const asked: string[] = [];
  const readOnly = (place: string) => {
    asked.push(place);
    return 'EROFS';
  };
  expect(diskTroubleOf(error, readOnly)).toEqual({trouble: 'denied', errno: 'EROFS', call: 'mkdir', path});
  expect(asked).toEqual([folder]);
  expect(diskTroubleOf(error)).toMatchObject({trouble: 'missing', errno: 'ENOENT'});
});

it.each([
  ['ENOSPC', 'full'],
  ['EDQUOT', 'full'],
  ['EROFS', 'denied'],
  ['EACCES', 'denied'],
  ['EPERM', 'denied'],
  ['EMFILE', 'exhausted'],
  ['ENFILE', 'exhausted'],
  ['EIO', 'unavailable'],
  ['ESTALE', 'unavailable'],
  ['ENAMETOOLONG', 'too-long'],
])('%s is %s', (errno, trouble) => {
  const error = Object.assign(new Error(errno), {code: errno, syscall: 'write'});
  expect(diskTroubleOf(error)).toEqual({trouble, errno, call: 'write', path: null});
});

it('is not a bug of ours, nor the network', async () => {
  expect(troubleOf(() => JSON.parse('{'))).toBeUndefined();
  expect(diskTroubleOf(Object.assign(new Error('EBADF'), {code: 'EBADF', syscall: 'read'}))).toBeUndefined();
  const refused = await new Promise((resolve) => connect(1, '127.0.0.1').once('error', resolve));
  expect(diskTroubleOf(refused)).toBeUndefined();
});
