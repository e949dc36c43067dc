import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {openMemoryStore} from '../../artifacts/memory/open-memory-store.ts';
import {drawnBytes} from '../../artifacts/testing/drawn-bytes.ts';
import fc from '../../artifacts/testing/properties.ts';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {ingestTree} from '../../artifacts/trees/ingest.ts';
import {knownSecrets} from './known-secrets.ts';
import {NeedleSearch} from './needle-search.ts';
import {filesOf, type SearchedContents, searchContents} from './secret-search.ts';

describe('searching for many needles at once', () => {
  it('finds exactly what looking for each by itself finds', () => {
    const letters = fc.constantFrom(97, 98, 99);
    const needle = fc.array(letters, {minLength: 2, maxLength: 6}).map((bytes) => Buffer.from(bytes));
    const haystack = fc.array(letters, {maxLength: 300}).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.array(needle, {minLength: 1, maxLength: 8}), haystack, (needles, bytes) => {
        const found = [...new NeedleSearch(needles).find(bytes)].map(({needle: n, at}) => `${n}@${at}`);
        const wanted = needles.flatMap((each, n) => placesOf(each, bytes).map((at) => `${n}@${at}`));
        expect(found.sort()).toEqual(wanted.sort());
      }),
      {numRuns: 2000},
    );
  });
});

/** How people and programs write a secret down; none of it with the code that is tested. */
const ENCODINGS: Readonly<Record<string, (secret: string) => Buffer>> = {
  raw: (secret) => Buffer.from(`token=${secret}\n`),
  'base64 at 0': (secret) => Buffer.from(Buffer.from(`abc${secret}tail`).toString('base64')),
  'base64 at 1': (secret) => Buffer.from(Buffer.from(`abcd${secret}xy`).toString('base64')),
  'base64 at 2': (secret) => Buffer.from(Buffer.from(`user:${secret}`).toString('base64')),
  'base64 for URLs': (secret) => Buffer.from(Buffer.from(`a${secret}`).toString('base64url')),
  'small hex': (secret) => Buffer.from(Buffer.from(secret).toString('hex')),
  'large hex': (secret) => Buffer.from(Buffer.from(secret).toString('hex').toUpperCase()),
  url: (secret) => Buffer.from(`https://x/?t=${encodeURIComponent(secret)}&y`),
  json: (secret) => Buffer.from(JSON.stringify({a: [secret]})),
};

const PLACES: Readonly<Record<string, (planted: Buffer) => readonly Buffer[]>> = {
  'at the beginning': (planted) => [planted, drawnBytes(5000)],
  'at the end': (planted) => [drawnBytes(5000), planted],
  'deep in a binary': (planted) => [drawnBytes(70_000), planted, drawnBytes(70_000)],
  'across two chunks': (planted) => [
    Buffer.concat([drawnBytes(3000), planted.subarray(0, 9)]),
    planted.subarray(9),
  ],
  'byte by byte': (planted) => [...planted].map((byte) => Buffer.of(byte)),
};

describe('secrets of the environment', () => {
  it('are found in every encoding, in every place, and in nothing else', async () => {
    const secrets = Array.from({length: 20}, (_, i) => ({
      name: `$SECRET_${i}`,
      value:
        i % 2 === 0
          ? drawnBytes(6 + i).toString('base64')
          : `pass "w"/ö€\\${i}+ ${drawnBytes(4).toString('hex')}`,
    }));
    let planted = 0;
    for (const {name, value} of secrets) {
      for (const [how, encode] of Object.entries(ENCODINGS)) {
        for (const [where, plant] of Object.entries(PLACES)) {
          planted++;
          const found = await search(plant(encode(value)), secrets);
          const names = found.findings.filter(({what}) => what.includes(`${name},`));
          expect(names, `${name} in ${how}, ${where}`).not.toEqual([]);
          expect(JSON.stringify(found)).not.toContain(value);
        }
      }
    }
    expect(planted).toBe(20 * 9 * 5);
    const control = await search([drawnBytes(2 ** 20), Buffer.from(JSON.stringify(PLACES))], secrets);
    expect(control).toEqual({findings: [], files: 1, bytes: expect.any(Number)});
  });

  it('are those with a telling name and eight characters, and those in the files of AWS and the hub', () => {
    const home = temporaryDirectory();
    mkdirSync(join(home, '.aws'));
    mkdirSync(join(home, '.cache/huggingface'), {recursive: true});
    writeFileSync(
      join(home, '.aws/credentials'),
      '[lab]\naws_access_key_id = AKIA\naws_secret_access_key = from-the-file\n',
    );
    writeFileSync(join(home, '.cache/huggingface/token'), 'hub-token-12\n');
    const known = knownSecrets({
      HOME: home,
      HF_TOKEN: 'hub-token-12',
      MY_PASSWORD: 'swordfish',
      DB_PASSWD: 'short',
      PATH: '/usr/bin:/usr/local/bin',
      LAB_KEY: '   ',
      CREDENTIALS: ' padded-value ',
    });
    expect(known.map(({name, value}) => `${name.replace(home, '~')} ${value}`)).toEqual([
      '$HF_TOKEN hub-token-12',
      '$MY_PASSWORD swordfish',
      '$CREDENTIALS padded-value',
      'aws_secret_access_key of ~/.aws/credentials from-the-file',
    ]);
  });
});

describe('tokens', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const key = `AKIA${alphabet.slice(0, 16)}`;

  it.each([
    ['an AWS access key', `id: ${key}\n`],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----'],
    ['a private key', '-----BEGIN PRIVATE KEY-----'],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----'],
    ['a Hugging Face token', `hf_${alphabet}Zz`],
    ['a GitHub token', `"ghp_${alphabet}abcd"`],
    ['a Slack token', 'xoxb-1234567890-abcdefghijklmnopqrst'],
  ])('%s is known by its looks', async (what, text) => {
    expect((await search([drawnBytes(999), Buffer.from(` ${text}`)], [])).findings).toMatchObject([
      {what, where: 'x'},
    ]);
  });

  it.each([
    'AKIAIOSFODNN7EXAMPLE',
    `x${key}`,
    `${key}A`,
    'ghp_short',
    '-----BEGIN PUBLIC KEY-----',
    'hf_hub_download',
  ])('%s is none', async (text) => {
    expect((await search([Buffer.from(` ${text} `)], [])).findings).toEqual([]);
  });
});

it('a finding says in which file of which artifact it is, and its id is the same the next time', async () => {
  const store = await openMemoryStore();
  const folder = temporaryDirectory();
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'sub/config.json'), 'swordfish-1');
  writeFileSync(join(folder, 'weights'), drawnBytes(100));
  const tree = await ingestTree(store.artifacts, folder, {mode: 'copy'});
  if (!tree.ok) throw new Error(tree.error.code);
  const model = {what: 'output model of train', ...tree.value};
  const secrets = [{name: '$PASSWORD', value: 'swordfish-1'}];
  const found = await searchContents(filesOf([model, {...model, what: 'again'}], store.artifacts), secrets);
  expect(found).toMatchInlineSnapshot(`
    {
      "bytes": 404,
      "files": 3,
      "findings": [
        {
          "at": 0,
          "id": "ae48da6301ad",
          "what": "the value of $PASSWORD, as it is",
          "where": "sub/config.json in output model of train",
        },
      ],
    }
  `);
});

async function search(
  chunks: readonly Buffer[],
  secrets: Parameters<typeof searchContents>[1],
): Promise<SearchedContents> {
  async function* one() {
    yield {where: 'x', chunks};
  }
  return searchContents(one(), secrets);
}

function placesOf(needle: Buffer, bytes: Buffer): readonly number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) places.push(at);
  return places;
}
