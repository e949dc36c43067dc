import {join} from 'node:path';
import {expect, it} from 'vitest';
import {folderBucketError} from '../folder/folder-error.ts';
import {openStore} from '../open/open-store.ts';
import {fromBucket} from '../remote/bucket-trouble.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';

it.each(['link', 'copy'])('a place that can’t take a %s is what is told, and not the store', async (how) => {
  const store = await openStore({directory: join(temporaryDirectory(), 'store'), owner: 'boot.1.2'});
  const {digest} = await store.artifacts.write(Buffer.from('hello'));
  const destination = join(temporaryDirectory(), 'not/there');
  const placing = store.artifacts.place([{digest, destination, executable: false, link: how === 'link'}]);
  await expect(placing).rejects.toMatchObject({
    subject: destination,
    message: expect.stringContaining(destination),
  });
});

it.each(['ENOSPC', 'EDQUOT'])('a folder that others read from is full at %s', (code) => {
  const said = Object.assign(new Error(`${code}: no room, write`), {code, syscall: 'write'});
  expect(fromBucket(folderBucketError(said, '/somewhere'), 'x')).toMatchObject({
    code: 'full',
    retryable: false,
  });
});
