import {execFileSync} from 'node:child_process';
import {mkdirSync, symlinkSync, truncateSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {readSmallFile, readSmallText} from './small-file.ts';

const place = () => join(temporaryDirectory(), 'file');

function whyNot(path: string, options?: Parameters<typeof readSmallFile>[1]): string {
  const read = readSmallFile(path, options);
  return read.ok ? 'read' : `${read.error.code}: ${read.error.why}`;
}

it.each([0, 1, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 3_000_000])('reads a file of %i bytes, whole', (size) => {
  const file = place();
  writeFileSync(file, Buffer.alloc(size, 7));
  const read = readSmallFile(file, {limit: size});
  expect(read.ok && read.value.equals(Buffer.alloc(size, 7))).toBe(true);
});

it('opens nothing that is no file, and never waits', async () => {
  const [fifo, folder, socket, link, none] = [place(), place(), place(), place(), place()];
  execFileSync('mkfifo', [fifo]);
  mkdirSync(folder);
  const server = createServer().listen(socket);
  await new Promise((resolve) => server.once('listening', resolve));
  symlinkSync('/etc/hosts', link);
  expect({
    fifo: whyNot(fifo),
    folder: whyNot(folder),
    socket: whyNot(socket),
    device: whyNot('/dev/zero'),
    link: whyNot(link),
    followed: whyNot(link, {links: 'follow'}),
    none: whyNot(none),
    below: whyNot(join('/etc/hosts', 'x')),
    long: whyNot(`/tmp/${'x'.repeat(300)}`),
  }).toMatchInlineSnapshot(`
    {
      "below": "absent: it does not exist",
      "device": "not-a-file: it is a device",
      "fifo": "not-a-file: it is a FIFO",
      "folder": "not-a-file: it is a folder",
      "followed": "read",
      "link": "not-a-file: it is a symbolic link",
      "long": "unreadable: it can’t be read (ENAMETOOLONG)",
      "none": "absent: it does not exist",
      "socket": "not-a-file: it is a socket",
    }
  `);
  server.close();
  expect(readSmallText(fifo)).toBeUndefined();
});

it('reads no more than it was told may be there, however large it says it is', () => {
  const file = place();
  writeFileSync(file, '');
  truncateSync(file, 2 ** 40);
  expect(whyNot(file, {limit: 2 ** 20})).toBe('too-large: it is larger than 1048576 bytes');
});

it('reads the kernel’s own files, which say that they are empty', () => {
  expect(readSmallText('/proc/self/stat')).toMatch(/^\d+ \(/);
});
