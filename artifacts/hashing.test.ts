import {execFileSync} from 'node:child_process';
import {closeSync, openSync, symlinkSync, truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {digestOfBytes, digestOfFile, digestPatiently} from './hashing.ts';
import {temporaryDirectory} from './testing/temporary-directory.ts';

const SIZES = [0, 1, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 65 * 2 ** 20 + 3];

it.each(SIZES)('agrees with sha256sum on %d bytes', async (size) => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, 'some bytes and then none');
  truncateSync(file, size);
  const expected = `sha256:${execFileSync('sha256sum', [file], {encoding: 'utf8'}).slice(0, 64)}`;
  expect(digestOfFile(file)).toEqual({digest: expected, size});
  const descriptor = openSync(file, 'r');
  const chunks: number[] = [];
  expect(await digestPatiently(descriptor, (chunk) => chunks.push(chunk.length))).toEqual({
    digest: expected,
    size,
  });
  closeSync(descriptor);
  expect(chunks.reduce((a, b) => a + b, 0)).toBe(size);
});

it('hashes two long files at a time without mixing them up', async () => {
  const folder = temporaryDirectory();
  const digests = ['a', 'b'].map((name) => {
    const bytes = Buffer.alloc(70 * 2 ** 20, name);
    writeFileSync(join(folder, name), bytes);
    return digestOfBytes(bytes);
  });
  const descriptors = ['a', 'b'].map((name) => openSync(join(folder, name), 'r'));
  const hashed = await Promise.all(descriptors.map((descriptor) => digestPatiently(descriptor)));
  descriptors.map(closeSync);
  expect(hashed.map((each) => each.digest)).toEqual(digests);
});

it('follows no link', () => {
  const folder = temporaryDirectory();
  symlinkSync('/etc/hostname', join(folder, 'link'));
  expect(() => digestOfFile(join(folder, 'link'))).toThrow(/ELOOP/);
});
