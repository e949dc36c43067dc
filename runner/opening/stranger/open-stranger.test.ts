import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {describe, expect, it, test} from 'vitest';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {temporaryDirectory} from '../../../artifacts/testing/temporary-directory.ts';
import {aPublication, type Liberties} from '../../audit/testing/a-publication.ts';
import {aWorld} from '../../audit/testing/a-world.ts';
import {copyBucket} from '../../audit/testing/copy-bucket.ts';
import {LOCK, PIPELINE, WORDS} from '../../audit/testing/tiny-pipeline.ts';
import {strangerDigest} from '../../stranger/project-content.ts';
import type {RunCommandOptions} from '../pipeline/pipeline-options.ts';
import type {AskPerson} from '../world/ask-person.ts';
import {openStranger} from './open-stranger.ts';
import {trustOrAsk} from './trust-or-ask.ts';

/** Everything that could be changed in what somebody trusted. Each is another content, and is asked about again. */
const MUTATIONS: Readonly<Record<string, Liberties>> = {
  'a comment in the pipeline': {files: {'p.yaml': `${PIPELINE}# no more\n`}},
  'a blank at the end of a line': {files: {'p.yaml': PIPELINE.replace('\n', ' \n')}},
  'the line ends of Windows': {files: {'p.yaml': PIPELINE.replaceAll('\n', '\r\n')}},
  'no line end at the end': {files: {'p.yaml': PIPELINE.trimEnd()}},
  'another seed': {files: {'p.yaml': PIPELINE.replace('seed: 7', 'seed: 8')}},
  'another default': {files: {'p.yaml': PIPELINE.replace('default: 0.5', 'default: 0.6')}},
  'another license': {files: {'p.yaml': PIPELINE.replace('Apache-2.0', 'MIT')}},
  'another address of a source': {files: {'p.yaml': PIPELINE.replace('data.example', 'evil.example')}},
  'a network': {
    files: {'p.yaml': PIPELINE.replace('judge: {uses: ./judge,', 'judge: {uses: ./judge, network: true,')},
  },
  'a variable': {
    files: {
      'p.yaml': PIPELINE.replace('judge: {uses: ./judge,', 'judge: {uses: ./judge, variables: {A: b},'),
    },
  },
  'one retry': {
    files: {'p.yaml': PIPELINE.replace('judge: {uses: ./judge,', 'judge: {uses: ./judge, retries: 1,')},
  },
  'another order of stages': {files: {'p.yaml': reordered()}},
  'another hash in the lock': {files: {'bare.lock.txt': LOCK.replace('abab', 'cdcd')}},
  'one more requirement': {files: {'bare.lock.txt': `${LOCK}evil==1.0 --hash=sha256:${'ef'.repeat(32)}\n`}},
  'another index': {files: {'bare.lock.txt': `--index-url https://evil.example/simple\n${LOCK}`}},
  'a comment in the lock': {files: {'bare.lock.txt': `# x\n${LOCK}`}},
  'another command in a contract': {files: {'words/stage.yaml': WORDS.replace('[sh,', '[sh, -x,')}},
  'a comment in a contract': {files: {'words/stage.yaml': `${WORDS}# x\n`}},
  'one more file': {files: {'notes.txt': ''}},
  'a trust that it grants itself': {files: {'config/repro/trust/all.json': '{"trust":1}'}},
  'another pipeline beside it': {files: {'q.yaml': PIPELINE}},
  'the other pipeline': {
    files: {'q.yaml': PIPELINE},
    record: (record) => ({...record, source: {...record.source, file: 'q.yaml'}}),
  },
  'code of a stage of its own': {code: {words: {'words.sh': 'cat inputs/problems > outputs/out;\n'}}},
  'one more file of a stage': {code: {words: {'helper.sh': ''}}},
  'an executable bit': {executable: 'words.sh'},
  'code of a kind that comes with repro': {code: {fit: {'main.py': 'print("fat")\n'}}},
  'one more module beside it': {code: {fit: {'json.py': 'raise SystemExit\n'}}},
  'the SDK': {code: {sdk: {'repro_sdk/__init__.py': '"""sdk"""\n'}}},
  'one more module of the SDK': {code: {sdk: {'sitecustomize.py': 'x = 1\n'}}},
  'another param that it was run with': {
    record: (record) => ({...record, pipeline: {...record.pipeline, overrides: ['rate=0.7']}}),
  },
  'another seed that it was run with': {
    record: (record) => ({...record, pipeline: {...record.pipeline, overrides: ['seed=9']}}),
  },
};

describe('trust in somebody else’s pipeline', () => {
  it(`is bound to its content: ${Object.keys(MUTATIONS).length} mutations are each asked about`, async () => {
    const place = await aPlace();
    expect(await place.open(await place.publish({}), yes)).toMatchObject({ok: true});
    // The control: what was trusted is not asked about again, wherever it lies now.
    expect(await place.open(await place.publish({}), never)).toMatchObject({ok: true});
    expect(await place.open(await place.publish({}, 'elsewhere'), never)).toMatchObject({ok: true});
    const asked: string[] = [];
    for (const [name, liberties] of Object.entries(MUTATIONS)) {
      const no: AskPerson = async () => {
        asked.push(name);
        return false;
      };
      const opened = await place.open(await place.publish(liberties, name.replaceAll(/\W/g, '-')), no);
      expect(opened, name).toMatchObject({ok: false, error: [{code: 'not-trusted'}]});
    }
    expect(asked).toEqual(Object.keys(MUTATIONS));
    expect(asked.length).toBeGreaterThanOrEqual(30);
  });

  it('is the user’s own, for nobody else to read or to give', async () => {
    const place = await aPlace();
    const url = await place.publish({});
    await place.open(url, yes);
    const folder = join(place.home, '.config/repro/trust');
    const [name = ''] = readdirSync(folder);
    const file = join(folder, name);
    expect(lstatSync(file).mode & 0o777).toBe(0o600);
    expect(lstatSync(folder).mode & 0o777).toBe(0o700);
    expect(await place.open(url, never)).toMatchObject({ok: true});
    const spoil: Readonly<Record<string, () => void>> = {
      'others may write it': () => chmodSync(file, 0o666),
      'it is a link': () => {
        renameSync(file, `${file}.real`);
        symlinkSync(`${file}.real`, file);
      },
      'it is another’s': () => renameSync(`${file}.real`, join(folder, `${'0'.repeat(64)}.json`)),
    };
    for (const [why, change] of Object.entries(spoil)) {
      change();
      expect(await place.open(url, async () => false), why).toMatchObject({ok: false});
    }
  });

  test.for([{CI: 'true'}, {CI: '1'}])('is never asked for where %o', async (variables) => {
    const place = await aPlace(variables);
    const opened = await place.open(await place.publish({}), never);
    expect(opened).toMatchObject({
      ok: false,
      error: [{code: 'not-trusted', message: expect.stringContaining('CI is set')}],
    });
  });

  it('is not granted where nobody can be asked', async () => {
    const place = await aPlace();
    const url = await place.publish({});
    expect(await place.open(url, async () => undefined)).toMatchObject({
      ok: false,
      error: [{code: 'not-trusted'}],
    });
    expect(existsSync(join(place.home, '.config/repro/trust'))).toBe(false);
  });

  it('does not run a source with a flipped bit, nor what a chosen key did not sign', async () => {
    const place = await aPlace();
    const url = await place.publish({});
    const pack = join(place.home, 'bucket', place.last().keys['stage code']);
    writeFileSync(pack, 'x');
    expect(await place.open(url, yes)).toMatchObject({ok: false, error: [{code: 'no-source'}]});
    const other = await place.publish({}, 'signed');
    mkdirSync(join(place.home, '.config/repro'), {recursive: true});
    const {signer, keys} = place.last();
    writeFileSync(join(place.home, '.config/repro/trusted-keys'), `ada ${signer.key.text}\n`);
    expect(await place.open(other, yes)).toMatchObject({ok: true});
    writeFileSync(join(place.home, 'signed', keys.attestations), '{}\n');
    expect(await place.open(other, yes)).toMatchObject({ok: false, error: [{code: 'bad-signature'}]});
  });
});

it('does not trust a pipeline that reaches for what is no part of it', async () => {
  const home = temporaryDirectory();
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(home, path)), {recursive: true});
    writeFileSync(join(home, path), text);
  };
  const pipeline = (uses: string, lock: string) =>
    `repro: 1\nname: x\nenvironments: {a: {python: {lock: ${lock}}}}\nstages: {s: {uses: ${uses}}}\n`;
  const contract = 'stage: 1\nkind: evil\ncommand: [sh]\noutputs: {out: {kind: text, type: blob}}\n';
  for (const folder of ['guests/one/project/evil', 'guests/two/evil'])
    write(`${folder}/stage.yaml`, contract);
  for (const lock of ['guests/one/project/a.txt', 'guests/two/a.txt']) write(lock, '');
  const world = aWorld(home);
  const file = join(home, 'guests/one/project/p.yaml');
  const tree = {type: 'tree', digest: digestOfBytes('x'), size: 0, files: 0} as const;
  const content = {project: tree, stages: undefined, file: 'p.yaml', profile: undefined, overrides: []};
  const trust = strangerDigest(content);
  const judge = (uses: string, lock: string) => {
    write('guests/one/project/p.yaml', pipeline(uses, lock));
    const options = {...OPTIONS, file, trust};
    return trustOrAsk({content, signed: '', address: file, options, world}, options, never);
  };
  const refused = {ok: false, error: [{code: 'bad-guest'}]};
  expect(await judge('./evil', './a.txt')).toMatchObject({ok: true});
  expect(await judge('../../two/evil', './a.txt')).toMatchObject(refused);
  expect(await judge('./evil', '../../two/a.txt')).toMatchObject(refused);
});

const yes: AskPerson = async () => true;
const never: AskPerson = () => {
  throw new Error('asked');
};

async function aPlace(variables: Readonly<Record<string, string>> = {}) {
  const home = temporaryDirectory();
  const world = aWorld(home, {variables: {HOME: home, PATH: process.env.PATH, ...variables}});
  let published = await aPublication();
  return {
    home,
    last: () => published,
    async publish(liberties: Liberties, folder = 'bucket'): Promise<string> {
      published = await aPublication(liberties);
      await copyBucket(published.bucket, join(home, folder));
      return `./${folder}/publications/v1/${published.digest.slice(7)}`;
    },
    open: (file: string, ask: AskPerson) => openStranger({...OPTIONS, file}, world, ask),
  };
}

const OPTIONS: Omit<RunCommandOptions, 'file'> = {
  profile: undefined,
  overrides: [],
  stores: [],
  jobs: undefined,
  until: [],
  only: [],
  keepGoing: false,
  cache: true,
  json: false,
  sandbox: 'none',
  trust: undefined,
};

function reordered(): string {
  const lines = PIPELINE.trimEnd().split('\n');
  return `${[...lines.slice(0, -2), lines.at(-1), lines.at(-2)].join('\n')}\n`;
}
