import type {TreeEntry} from '../../schemas/artifact.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import {digestOfBytes} from '../hashing.ts';
import {LIMITS} from '../path-rules.ts';
import {manifestOf} from '../trees/manifest.ts';
import type {Choices} from './choices.ts';

/** A sound manifest with one thing in it that must never be taken. */
export type Lie = (entries: readonly TreeEntry[], choose: Choices) => string | Buffer;

export const BODY = 'the bytes of every file';
const DIGEST = digestOfBytes(BODY);

const NAMES = ['a', 'model', 'weights.bin', 'config.json', 'é', '日本語', 'two words', 'x-1', '.hidden', 'Z'];

export function sound(choose: Choices): readonly TreeEntry[] {
  const paths = new Set<string>();
  const count = choose.below(6) + 1;
  for (let i = 0; i < count; i++) {
    const folders = Array.from({length: choose.below(3)}, (_, depth) => `d${depth}${choose.of(NAMES)}`);
    paths.add([...folders, `${i}${choose.of(NAMES)}`].join('/'));
  }
  return manifestOf([...paths].map(entry)).entries;
}

export function entry(path: string): TreeEntry {
  return {path, size: BODY.length, executable: false, digest: DIGEST};
}

const path = (make: (choose: Choices) => string): Lie => {
  return (entries, choose) => encode([...entries, entry(make(choose))]);
};
const at = (choose: Choices, name: string) => choose.of([name, `d/${name}`, `d/${name}/f`, `d0a/${name}`]);
const field = (make: (choose: Choices) => Readonly<Record<string, unknown>>): Lie => {
  return (entries, choose) => {
    const changed = choose.below(entries.length);
    return canonicalJson({
      tree: 1,
      entries: entries.map((each, i) => (i === changed ? {...each, ...make(choose)} : each)),
    });
  };
};
const text = (make: (whole: string, choose: Choices) => string | Buffer): Lie => {
  return (entries, choose) => make(encode(entries), choose);
};

export const LIES: Readonly<Record<string, Lie>> = {
  traversal: path(
    (c) => `${'../'.repeat(c.below(8) + 1)}${c.of(['etc/passwd', 'outside/canary', '.ssh/id', 'x'])}`,
  ),
  'traversal in the middle': path((c) => `${c.of(['a', 'd/e'])}/${'../'.repeat(c.below(6) + 3)}outside/x`),
  'a dot component': path((c) => at(c, c.of(['.', '..'])).replace(/\/f$/, '')),
  'an absolute path': path((c) => `/${c.of(['etc/passwd', 'tmp/x', '/double', 'proc/self/mem'])}`),
  'an empty path or component': path((c) => c.of(['', 'a//b', 'a/', '/', 'd//'])),
  'a backslash': path((c) => c.of(['..\\x', 'a\\..\\..\\x', '\\\\server\\share', 'C:\\x'])),
  'a drive or a stream': path((c) => c.of(['C:/x', 'c:x', 'f:stream', 'a/b:$DATA'])),
  'a control character': path((c) =>
    at(c, `x${String.fromCharCode(c.of([0, 7, 8, 9, 10, 13, 27, 31, 127, 128, 155, 159]))}y`),
  ),
  'a turn of the text': path((c) =>
    at(c, `x${c.of([...'\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c'])}gpj.exe`),
  ),
  'another Unicode form': path((c) =>
    at(c, c.of(['e\u0301', 'A\u030a', '\u1100\u1161', '\u212b', 'o\u0302\u0323'])),
  ),
  'a lone surrogate': (entries, c) => {
    const half = c.of(['\\ud800', '\\udfff', '\\udbff']);
    return encode([...entries, entry('@@')]).replace('@@', `x${half}y`);
  },
  'a name that was not UTF-8': path((c) => at(c, 'x\ufffdy')),
  'a component that is too long': path((c) => at(c, c.of(['a', 'é', '日']).repeat(256 + c.below(200)))),
  'a path that is too long': path((c) => `${'abcdefgh/'.repeat(114 + c.below(50))}x`),
  'a path that is too deep': path((c) => `${'a/'.repeat(64 + c.below(100))}b`),
  'a trailing dot or space': path((c) => at(c, `x${c.of(['.', ' ', '..', '. '])}`)),
  'a device of Windows': path((c) =>
    at(
      c,
      `${c.of(['CON', 'con', 'PRN', 'AUX', 'nul', 'COM1', 'lpt9', 'COM¹', 'CONIN$'])}${c.of(['', '.txt', '.x.y'])}`,
    ),
  ),
  'a repository': path((c) =>
    at(
      c,
      c.of([
        '.git',
        '.GIT',
        '.Git',
        'git~1',
        'GIT~1',
        '.g\u200cit',
        '.gi\u200dt',
        '.\u2060git',
        '.ｇit',
        '.repro',
        '.REPRO',
      ]),
    ),
  ),
  'a file twice': (entries, c) => {
    const again = c.of(entries);
    return canonicalJson({
      tree: 1,
      entries: manifestOf([...entries, {...again, executable: !again.executable}]).entries,
    });
  },
  'a file that is also a folder': (entries, c) =>
    encode([...entries, entry(`${c.of(entries).path}/${c.of(NAMES)}`)]),
  'a folder that is also a file': (entries, c) =>
    encode([...entries, entry('q/r/s'), entry(c.of(['q', 'q/r']))]),
  'two spellings': (entries, c) => {
    const [one, other] = c.of([
      ['q', 'Q'],
      ['q/a', 'Q/b'],
      ['straße', 'STRASSE'],
      ['ﬁ', 'fi'],
      ['ſ', 's'],
      ['K', 'k'],
      ['ı', 'I'],
      ['ａ', 'a'],
      ['q\u200cq', 'qq'],
      ['Σ', 'ς'],
    ]);
    return encode([...entries.filter(({path: each}) => each !== 'a'), entry(one ?? ''), entry(other ?? '')]);
  },
  'another order': (entries) => canonicalJson({tree: 1, entries: [...entries, entry('zz'), entry('zy')]}),
  'a size that is none': field((c) => ({
    size: c.of([-1, -0.5, 0.5, 2 ** 53, 2 ** 60, 1e300, '5', null, true, [], {}, LIMITS.fileBytes + 1]),
  })),
  'sizes that are too much together': (entries) =>
    canonicalJson({
      tree: 1,
      entries: manifestOf([
        ...entries,
        ...Array.from({length: 65}, (_, i) => ({...entry(`zz${100 + i}`), size: LIMITS.fileBytes})),
      ]).entries,
    }),
  'a digest that is none': field((c) => ({
    digest: c.of([
      '',
      'sha256:',
      DIGEST.toUpperCase(),
      `${DIGEST}0`,
      DIGEST.slice(0, -1),
      DIGEST.replace('256', '512'),
      `sha1:${'a'.repeat(40)}`,
      7,
      null,
      `${DIGEST}\n`,
    ]),
  })),
  'an executable bit that is none': field((c) => ({executable: c.of([0, 1, 'true', null, 'yes'])})),
  'a path that is none': field((c) => ({path: c.of([null, 7, ['a'], {}, true])})),
  'a link or another kind of thing': field((c) => ({
    type: c.of(['symlink', 'hardlink', 'fifo', 'device', 'dir']),
    target: c.of(['/etc/passwd', '../../x']),
  })),
  'a mode or an owner': field((c) => c.of([{mode: 0o4755}, {uid: 0}, {mtime: 0}, {xattr: {}}])),
  'a missing field': (entries, c) => {
    const gone = c.of(['path', 'size', 'digest', 'executable']);
    return canonicalJson({
      tree: 1,
      entries: entries.map((each) =>
        Object.fromEntries(Object.entries(each).filter(([name]) => name !== gone)),
      ),
    });
  },
  'a prototype': (entries, c) =>
    encode(entries).replace('{', c.of(['{"__proto__":{"tree":1},', '{"constructor":{},', '{"prototype":1,'])),
  'a prototype of an entry': text((whole) =>
    whole.replace('{"digest"', '{"__proto__":{"path":"../x"},"digest"'),
  ),
  'another format': (entries, c) => canonicalJson({entries, tree: c.of([0, 2, '1', null, true, [1]])}),
  'another member': (entries, c) =>
    canonicalJson({entries, tree: 1, [c.of(['root', 'include', 'base', 'zz'])]: '/'}),
  'a key twice': text((whole, c) =>
    c.of([
      whole.replace('{', '{"tree":1,'),
      whole.replace('"path":', '"path":"../x","path":'),
      whole.replace('"size":', '"size":1,"size":'),
    ]),
  ),
  'another spelling of a number': text((whole, c) =>
    whole.replace(
      `"size":${BODY.length}`,
      `"size":${c.of(['23.0', '2.3e1', '+23', '023', '0x17', '23.000', '230e-1'])}`,
    ),
  ),
  'another spelling of text': text((whole, c) =>
    whole.replace('"path"', c.of(['"pat\\u0068"', '"\\u0070ath"', "'path'"])),
  ),
  'a blank': text((whole, c) =>
    whole.replace(c.of([',', ':', '[', '{']), (mark) => mark + c.of([' ', '\n', '\t', '\r'])),
  ),
  'something after it': text((whole, c) => whole + c.of(['\n', ' ', '\0', '{}', ',', ']', '}'])),
  'something before it': text((whole, c) => c.of(['\ufeff', ' ', '\n', '//\n', '\0']) + whole),
  'half of it': text((whole, c) => whole.slice(0, c.below(whole.length))),
  'bytes that are not UTF-8': text((whole, c) => {
    const bytes = Buffer.from(whole);
    bytes[c.below(bytes.length)] = c.of([0xff, 0xc0, 0xfe, 0xc1, 0xf8]);
    return bytes;
  }),
  nesting: text((whole, c) =>
    c.of([
      `${'['.repeat(5000)}${']'.repeat(5000)}`,
      '{"entries":'.repeat(2000),
      whole.replace('[', '['.repeat(3000)),
    ]),
  ),
  'no entries at all': (_, c) =>
    c.of(['{"tree":1}', '{"entries":{},"tree":1}', '{"entries":null,"tree":1}', '[]', '""', 'null', '1', '']),
};

function encode(entries: readonly TreeEntry[]): string {
  return canonicalJson(manifestOf(entries));
}
