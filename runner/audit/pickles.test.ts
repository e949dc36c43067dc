import {execFileSync} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, describe, expect, it} from 'vitest';
import {ROOT} from '../testing/source-files.ts';
import {type Loading, Sniffer} from './pickles.ts';

function sniffed(bytes: Uint8Array, piece = bytes.length || 1): Loading | undefined {
  const sniffer = new Sniffer();
  for (let at = 0; at < bytes.length; at += piece) sniffer.push(bytes.subarray(at, at + piece));
  return sniffer.end();
}

/** Written by Python itself: whatever protocol, container or name. Nothing is loaded. */
const MAKE = `
import bz2, gzip, io, lzma, os, pickle, sys, tarfile, zipfile, zlib
os.chdir(sys.argv[1])
class X:
    def __reduce__(self): return (os.system, ('true',))
class Y:
    pass
def w(name, data): open(name, 'wb').write(data)
for p in range(6):
    w(f'protocol-{p}', pickle.dumps(X(), p))
    w(f'nested-{p}', pickle.dumps({'a': [1, 2.5, None, True, 'text', b'bytes', (1, 2), {3}, X()]}, p))
    y = Y(); y.x = 7
    w(f'instance-{p}', pickle.dumps(y, p))
w('twice-proto', b'\\x80\\x02\\x80\\x02' + pickle.dumps(X(), 2)[2:])
w('hand-inst', b"(S'true'\\nios\\nsystem\\n.")
w('hand-obj', b"(cos\\nsystem\\nS'true'\\no.")
w('long-before', pickle.dumps(['x' * 5000, X()], 0))
w('memo-first', b'Np0\\n0' + pickle.dumps(X(), 0))
def z(entries, **how):
    b = io.BytesIO()
    with zipfile.ZipFile(b, 'w', **how) as f:
        for n, d in entries: f.writestr(zipfile.ZipInfo(n), d) if not how else f.writestr(n, d)
    return b.getvalue()
P = pickle.dumps(X(), 2)
w('zip-late', z([('a/aaa', b'0' * 200000), ('a/data.pkl', P)]))
w('zip-renamed', z([('a/aaa', b'0' * 2000), ('a/weights', P)]))
w('zip-deflated', z([('a/weights', P)], compression=zipfile.ZIP_DEFLATED))
w('zip-prefixed', b'#!/bin/sh\\nexit 0\\n' + z([('x', P)]))
w('zip-in-zip', z([('inner', z([('x', P)]))]))
w('zip-in-deflated-zip', z([('inner', z([('x', P)]))], compression=zipfile.ZIP_DEFLATED))
w('gzip', gzip.compress(P)); w('gzip-zip', gzip.compress(z([('x', P)]))); w('gzip-gzip', gzip.compress(gzip.compress(P)))
w('zlib', zlib.compress(P))
w('closed-bz2', bz2.compress(P)); w('closed-xz', lzma.compress(P)); w('closed-hdf5', b'\\x89HDF\\r\\n\\x1a\\n' + bytes(99))
b = io.BytesIO(); t = tarfile.open(fileobj=b, mode='w')
for n, d in (('a', b'1' * 3000), ('b', P)):
    i = tarfile.TarInfo(n); i.size = len(d); t.addfile(i, io.BytesIO(d))
t.close(); w('tar', b.getvalue()); w('tar-gz', gzip.compress(b.getvalue()))
head = lambda d: b'\\x93NUMPY\\x01\\x00' + (len(d) + 1).to_bytes(2, 'little') + d.encode() + b'\\n'
O = head("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }") + P
w('npy-objects', O); w('npz-objects', z([('a.npy', O)]))
F = head("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }") + bytes(4)
w('honest-npy', F); w('honest-npz', z([('a.npy', F)])); w('honest-zip', z([('readme', b'calm\\nsea\\n' * 99)]))
w('honest-gzip', gzip.compress(b'text\\n' * 1000)); w('honest-zeros', bytes(5000))
for n, text in enumerate(['count\\nvalue\\n1\\n2\\n', 'calm\\nsea\\nRest\\n', 'In the beginning\\n', 'N.B. this\\n', '(a list)\\n', '', '.', 'The end', 'Very nice\\nThe rest\\n', '{"a": 1}\\n', '[]', 'id,name\\n1,x\\n', 'I1\\n.', 'PK is a name', 'Paris\\nRome\\n', 'x = 1\\n' * 100]):
    w(f'honest-text-{n}', text.encode())
`;

const folder = mkdtempSync(join(tmpdir(), 'repro-pickles-'));
afterAll(() => rmSync(folder, {recursive: true}));
execFileSync('python3', ['-c', MAKE, folder]);
const made = readdirSync(folder).sort();

describe('what runs code when it is loaded', () => {
  it.each(made.filter((name) => !name.startsWith('honest')))('%s', (name) => {
    const bytes = readFileSync(join(folder, name));
    const found = sniffed(bytes);
    expect(found).toBeDefined();
    expect(found === 'can’t be told').toBe(name.startsWith('closed'));
    // However it comes over the network.
    for (const piece of [1, 7, 1024]) expect(sniffed(bytes, piece)).toBe(found);
  });

  it('is forty ways, so that none is left out by mistake', () => {
    expect(made.filter((name) => !name.startsWith('honest')).length).toBe(40);
  });
});

describe('what does not', () => {
  it.each(made.filter((name) => name.startsWith('honest')))('%s', (name) => {
    expect(sniffed(readFileSync(join(folder, name)))).toBeUndefined();
  });

  it('is any file of ours', () => {
    const files = ['runner', 'stages', 'schemas', 'artifacts'].flatMap((room) =>
      readdirSync(join(ROOT, room), {recursive: true, encoding: 'utf8'}).map((path) =>
        join(ROOT, room, path),
      ),
    );
    const told = files.filter(
      (path) =>
        statSync(path).isFile() && !/\.(pyc|gz)$/.test(path) && sniffed(readFileSync(path)) !== undefined,
    );
    expect(told).toEqual([]);
    expect(files.length).toBeGreaterThan(500);
  });
});
