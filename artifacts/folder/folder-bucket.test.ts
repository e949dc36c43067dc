import {lstatSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {openBucket, openReadableBucket} from '../open/open-bucket.ts';
import {describeBucket, keysOf} from '../testing/describe-bucket.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {FolderBucket} from './folder-bucket.ts';

describeBucket(
  'a bucket in a folder',
  async () => new FolderBucket(join(temporaryDirectory(), 'new/bucket')),
);

describe('the folder', () => {
  it('has files that anyone may read and nobody writes, and nothing left over', async () => {
    const folder = temporaryDirectory();
    const bucket = await openBucket({url: `file://${folder}`});
    await bucket.put('objects/v1/aa/x', Buffer.from('x'), {ifAbsent: true});
    await bucket.put('objects/v1/aa/x', Buffer.from('y'), {ifAbsent: true});
    await bucket.put('objects/v1/aa/x', Buffer.from('z'), {ifAbsent: false});
    expect(lstatSync(join(folder, 'objects/v1/aa/x')).mode & 0o777).toBe(0o444);
    expect(readdirSync(join(folder, '.incoming'))).toEqual([]);
  });

  it('hides what is half written, and sweeps it when it is a day old', async () => {
    const folder = temporaryDirectory();
    mkdirSync(join(folder, '.incoming'));
    for (const name of ['fresh', 'old']) writeFileSync(join(folder, '.incoming', name), 'half');
    utimesSync(join(folder, '.incoming/old'), 1, 1);
    const bucket = new FolderBucket(folder);
    expect(await keysOf(bucket, '')).toEqual([]);
    await expect(bucket.size('.incoming/fresh')).rejects.toMatchObject({code: 'refused'});
    await bucket.put('a', Buffer.from('a'), {ifAbsent: false});
    expect(readdirSync(join(folder, '.incoming'))).toEqual(['fresh']);
  });

  it('follows no link that somebody put in the place of a file', async () => {
    const folder = temporaryDirectory();
    symlinkSync('/etc/hostname', join(folder, 'link'));
    const bucket = new FolderBucket(folder);
    expect(await bucket.get('link')).toBeUndefined();
    expect(await keysOf(bucket, '')).toEqual([]);
  });

  it('must be there to be read', async () => {
    const path = join(temporaryDirectory(), 'missing');
    await expect(openReadableBucket({url: path})).rejects.toMatchObject({code: 'no-bucket'});
  });
});
