import {digestOfBytes} from '../../../artifacts/hashing.ts';
import type {Choices} from '../../../artifacts/testing/choices.ts';

export type Path = readonly (string | number)[];
type Bad = readonly [path: Path, ...values: readonly unknown[]];

const DIGESTS = [
  '',
  'sha256:',
  `sha256:${'A'.repeat(64)}`,
  `sha256:${'a'.repeat(63)}`,
  `md5:${'a'.repeat(64)}`,
  7,
  null,
  ['x'],
  true,
];
const SIZES = [-1, 0.5, 2 ** 53, 1e300, '7', null, [], true];
const TEXTS = [null, 7, true, ['x'], {}];
const TIMES = [
  '',
  'yesterday',
  '2026-13-45T00:00:00Z',
  '2026-11-24T10:00:00+01:00',
  '2026-11-24',
  1_000,
  null,
];
const NAMES = ['', 'Upper', '../x', 'a/b', '.git', 'a b', `a${'b'.repeat(80)}`, 7, null];

/** By the place in the document: what must not be there. */
const PUBLICATION: readonly Bad[] = [
  [['publication'], 0, 2, '1', null, true],
  [['name'], ...NAMES],
  [['sequence'], 0, -1, 1.5, 2 ** 53, '1', null, 2],
  [['previous'], ...DIGESTS.filter((each) => each !== null), digestOfBytes('x')],
  [['publishedAt'], ...TIMES],
  [['signer'], '', '../x', 'a/b', '.hidden', 'a\u0000', 'a'.repeat(200), 'é', 7, null],
  [['license'], '', ...TEXTS],
  [
    ['authors'],
    null,
    {},
    'Ada',
    [7],
    [{}],
    [{name: 7}],
    [{name: 'Ada', role: 'root'}],
    [{name: 'A', url: 7}],
  ],
  [['description'], 7, true, [], {}],
  [['run'], null, 7, {}, {type: 'blob'}, {type: 'tree', digest: digestOfBytes('x'), size: 1, files: 1}],
  [['run', 'digest'], ...DIGESTS],
  [['run', 'size'], ...SIZES],
  [['run', 'type'], 'tree', 'link', null],
  [['statements'], null, [], 7],
  [['statements', 'train'], ...DIGESTS],
];

const RECEIPT = ['stages', 1, 'receipt'];
const RECORD: readonly Bad[] = [
  [['run'], 0, 1, 3, '2', null],
  [['outcome'], 'fine', null, 7],
  [['startedAt'], ...TIMES],
  [['seconds'], -1, '1', null],
  [['git'], 7, {}, {commit: 'x'}, {commit: 7, clean: true, remote: null}],
  [['git', 'clean'], 'yes', null, 1],
  [['pipeline', 'name'], ...NAMES],
  [['pipeline', 'profile'], ...TEXTS],
  [['pipeline', 'seed'], ...SIZES],
  [['pipeline', 'text'], ...DIGESTS],
  [['pipeline', 'params'], null, [], 7],
  [['pipeline', 'overrides'], null, {}, [7], 'x'],
  [['pipeline', 'authors'], [{}], null],
  [
    ['source', 'file'],
    '',
    '/etc/passwd',
    '../x',
    'a\\b',
    '.git/config',
    'CON',
    'a\u0000',
    'e\u0301',
    7,
    null,
  ],
  [['source', 'files', 'digest'], ...DIGESTS],
  [['source', 'files', 'size'], ...SIZES],
  [['source', 'files', 'files'], ...SIZES],
  [['source', 'files', 'type'], 'blob', null],
  [
    ['source', 'folders'],
    null,
    [],
    {'../x': aTree()},
    {'/abs': aTree()},
    {'': aTree()},
    {'builtin:../x': aTree()},
    {'builtin:.git': aTree()},
    {'other:x': aTree()},
    {'a/.git': aTree()},
    {words: {type: 'blob', digest: digestOfBytes('x'), size: 1}},
  ],
  [['source', 'sdk', 'digest'], ...DIGESTS],
  [['stages'], null, {}, [7], [{}]],
  [['stages', 0, 'name'], '', '../x', 'a/b', 'A', '.x', 'a\u0000', 'train', 'a'.repeat(600), 7, null],
  [['stages', 0, 'state'], 'done', null, 7, 'failed'],
  [
    ['stages', 0],
    {name: 'words', state: 'failed', failure: {}},
    {name: 'words', state: 'skipped', reason: 7},
  ],
  [[...RECEIPT, 'receipt'], 0, 9, '1', null],
  [[...RECEIPT, 'key'], ...DIGESTS],
  [[...RECEIPT, 'document', 'key'], 0, 2, null],
  [[...RECEIPT, 'document', 'kind'], ...TEXTS],
  [[...RECEIPT, 'document', 'command'], null, 'rm -rf /', [7], {}],
  [[...RECEIPT, 'document', 'code'], ...DIGESTS],
  [[...RECEIPT, 'document', 'inputs'], null, [], {words: 7}, {words: {a: 7}}],
  [[...RECEIPT, 'document', 'network'], 'yes', 1, null],
  [[...RECEIPT, 'document', 'environment'], null, {type: 'python'}, {type: 'docker', image: 'x'}],
  [[...RECEIPT, 'outputs'], null, [], {model: 7}, {model: {type: 'link', target: '/etc/passwd'}}],
  [[...RECEIPT, 'outputs', 'model', 'size'], ...SIZES],
  [[...RECEIPT, 'outputs', 'model', 'digest'], ...DIGESTS],
  [[...RECEIPT, 'values'], null, [], 7, {'../x': 1}, {'': 1}],
  [
    [...RECEIPT, 'document', 'outputs'],
    {'../x': {type: 'tree', kind: 'model'}},
    {'a/b': {type: 'blob', kind: 'x'}},
  ],
  [[...RECEIPT, 'hardware', 'digest'], ...DIGESTS],
  [[...RECEIPT, 'hardware', 'facts'], null, [], {cpu: 7}],
  [[...RECEIPT, 'execution', 'sandbox'], 'docker', null],
  [[...RECEIPT, 'execution', 'log'], ...DIGESTS.filter((each) => each !== null)],
  [[...RECEIPT, 'execution', 'seconds'], -1, '1', null],
];

const SEQUENCE: readonly Bad[] = [
  [['sequence'], 0, 2, '1', null],
  [['publication'], ...DIGESTS],
];

/** Objects in which any member that is not known is one too many. */
export const CLOSED: Readonly<Record<Kind, readonly Path[]>> = {
  publication: [[], ['run'], ['authors', 0]],
  record: [
    [],
    ['pipeline'],
    ['source'],
    ['source', 'files'],
    ['source', 'sdk'],
    ['git'],
    ['stages', 0],
    RECEIPT,
    [...RECEIPT, 'document'],
    [...RECEIPT, 'execution'],
    [...RECEIPT, 'hardware'],
    [...RECEIPT, 'outputs', 'model'],
  ],
  sequence: [[]],
};

export type Kind = 'publication' | 'record' | 'sequence';
export const BAD: Readonly<Record<Kind, readonly Bad[]>> = {
  publication: PUBLICATION,
  record: RECORD,
  sequence: SEQUENCE,
};

/** What can be done to the text of any document. */
export const SPOILED: Readonly<Record<string, (text: string, choose: Choices) => string | Buffer>> = {
  'a key twice': (text) => text.replace('{', `{${/"[^"]+":(?:\d+|"[^"]*")/.exec(text)?.[0]},`),
  'a blank': (text, choose) =>
    text.replace(choose.of([',', ':', '{']), (mark) => `${mark}${choose.of([' ', '\n', '\t'])}`),
  'something after it': (text, choose) => text + choose.of(['\n', '\0', '{}', ' ', '}']),
  'something before it': (text, choose) => choose.of(['\ufeff', ' ', '\0', ")]}',"]) + text,
  'half of it': (text, choose) => text.slice(0, choose.below(text.length)),
  'other escapes': (text, choose) =>
    text.replace(/"([a-z])/, (_, letter) => `"\\u00${letter.charCodeAt(0).toString(16)}`) + choose.of(['']),
  'another spelling of a number': (text) => text.replace(/:1([,}])/, ':1.0$1'),
  'bytes that are not UTF-8': (text, choose) => {
    const bytes = Buffer.from(text);
    bytes[choose.below(bytes.length)] = choose.of([0xff, 0xc0, 0xfe, 0xc1]);
    return bytes;
  },
  'a lone surrogate': (text, choose) =>
    text.replace(/"([a-z]+)":/, `"$1${choose.of(['\\ud800', '\\udfff'])}":`),
  'a prototype': (text, choose) =>
    text.replace(choose.of(['{"', '":{"']), (mark) => `${mark.slice(0, -1)}"__proto__":{"isAdmin":true},"`),
  nesting: (text, choose) =>
    text.replace(/:("[^"]*"|\d+)/, `:${choose.of(['[', '{"a":']).repeat(choose.of([100, 5000, 50_000]))}`),
};

function aTree() {
  return {type: 'tree', digest: digestOfBytes('x'), size: 1, files: 1};
}
