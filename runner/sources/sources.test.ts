import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, it} from 'vitest';
import {StatIndex} from '../../artifacts/files/stat-index.ts';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {openMemoryStore} from '../../artifacts/memory/open-memory-store.ts';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {digestTree} from '../../artifacts/trees/digest-tree.ts';
import type {PlannedSource, SourceLocation} from '../../schemas/plan.ts';
import {bringSource} from './bring-source.ts';
import {checkSource} from './check-source.ts';
import type {FetchOptions} from './fetch-source.ts';
import {addressByVariables} from './open-source-bucket.ts';

const PIN = digestOfBytes('hello');
let folder: string;
let file: string;
let index: StatIndex;

beforeEach(() => {
  folder = temporaryDirectory();
  file = join(folder, 'text.txt');
  writeFileSync(file, 'hello');
  index = StatIndex.load(join(folder, 'index'));
});

function source(some: Partial<PlannedSource> = {}): PlannedSource {
  const place = {file: 'p.yaml', line: 1, column: 1, length: 1, text: ''};
  return {
    name: 'text',
    kind: 'text',
    type: 'blob',
    digest: PIN,
    location: {from: 'file', path: file},
    place,
    ...some,
  };
}

const absent = (): SourceLocation => ({from: 'file', path: join(folder, 'absent')});
const codeOf = (some: Partial<PlannedSource>) => {
  const checked = checkSource(source(some), index);
  return checked.ok ? checked.value.state : checked.error.code;
};

describe('a source, before anything runs,', () => {
  it('is here, as its pin says, or must come from elsewhere', () => {
    expect(checkSource(source(), index)).toEqual({
      ok: true,
      value: {state: 'here', artifact: {type: 'blob', digest: PIN, size: 5}},
    });
    expect(codeOf({location: absent()})).toBe('elsewhere');
    expect(codeOf({location: {from: 'https', url: 'https://example.org/x'}})).toBe('elsewhere');
  });

  it('is refused when it is unpinned, absent, other bytes or no regular file', () => {
    expect(codeOf({digest: undefined})).toBe('unpinned-source');
    expect(codeOf({digest: undefined, location: absent()})).toBe('missing-source');
    expect(codeOf({digest: undefined, location: {from: 'https', url: 'https://example.org/x'}})).toBe(
      'unpinned-source',
    );
    expect(codeOf({digest: digestOfBytes('jello')})).toBe('changed-source');
    expect(codeOf({location: {from: 'file', path: folder}})).toBe('unusable-source');
    expect(codeOf({type: 'tree'})).toBe('unusable-source');
  });

  it('may be a folder, known by its tree', () => {
    const tree = join(folder, 'tree');
    mkdirSync(tree);
    writeFileSync(join(tree, 'a'), 'a');
    const digested = digestTree(tree);
    const digest = digested.ok ? digested.value.artifact.digest : undefined;
    expect(codeOf({type: 'tree', digest, location: {from: 'file', path: tree}})).toBe('here');
    writeFileSync(join(tree, 'b'), '');
    expect(codeOf({type: 'tree', digest, location: {from: 'file', path: tree}})).toBe('changed-source');
  });
});

describe('bringing a source', () => {
  const bring = (
    some: Partial<PlannedSource>,
    store = openMemoryStore(),
    given: Partial<FetchOptions> = {},
  ) => {
    const scratch = join(folder, 'scratch');
    mkdirSync(scratch, {recursive: true});
    const options = {
      store: store.artifacts,
      scratch,
      owner: 'boot.1.2',
      isAlive: () => false,
      now: () => 0,
      variables: {},
      signal: new AbortController().signal,
      ...given,
    };
    return bringSource(source(some), some.digest ?? PIN, options);
  };

  it('puts its bytes into the store, once', async () => {
    const store = openMemoryStore();
    expect(await bring({}, store)).toEqual({ok: true, value: {type: 'blob', digest: PIN, size: 5}});
    expect(Buffer.from(await store.artifacts.read(PIN)).toString()).toBe('hello');
    // From now on nobody needs the file.
    expect(await bring({location: absent()}, store)).toEqual({
      ok: true,
      value: {type: 'blob', digest: PIN, size: 5},
    });
  });

  it('knows a folder again from the store alone', async () => {
    const tree = join(folder, 'tree');
    mkdirSync(tree);
    writeFileSync(join(tree, 'a'), 'abc');
    const digested = digestTree(tree);
    if (!digested.ok) throw new Error('no tree');
    const {digest} = digested.value.artifact;
    const store = openMemoryStore();
    const brought = await bring({type: 'tree', digest, location: {from: 'file', path: tree}}, store);
    expect(brought).toEqual({ok: true, value: digested.value.artifact});
    expect(await bring({type: 'tree', digest, location: absent()}, store)).toEqual(brought);
  });

  it('fails when the file has changed since it was checked, or is gone', async () => {
    writeFileSync(file, 'jello');
    expect(await bring({})).toMatchObject({
      ok: false,
      error: {code: 'source', why: expect.stringContaining(PIN)},
    });
    expect(await bring({location: absent()})).toMatchObject({
      ok: false,
      error: {code: 'source', why: expect.stringContaining('absent')},
    });
  });

  it('says what it can not fetch, and what to do about it', async () => {
    const tree = await bring({type: 'tree', location: {from: 'https', url: 'https://example.org/x'}});
    expect(tree).toMatchObject({
      ok: false,
      error: {why: 'a folder cannot be fetched over https', help: 'name a single file'},
    });
    const inside = await bring({location: {from: 'https', url: 'https://127.0.0.1/x'}});
    expect(inside).toMatchObject({
      ok: false,
      error: {
        code: 'source',
        source: 'text',
        why: '127.0.0.1 is no public address (loopback), so it is not asked',
        help: 'if you trust it, allow it yourself: REPRO_ALLOW_PRIVATE=127.0.0.1',
      },
    });
    const stopped = AbortSignal.abort();
    const git: SourceLocation = {from: 'git', url: 'https://example.org/x.git', commit: 'c'.repeat(40)};
    expect(await bring({type: 'tree', location: git}, openMemoryStore(), {signal: stopped})).toEqual({
      ok: false,
      error: {code: 'interrupted'},
    });
    expect(existsSync(join(folder, 'scratch'))).toBe(true);
    expect(readdirSync(join(folder, 'scratch'))).toEqual([]);
  });

  it('says why a bucket does not give it, and asks only where the user said', async () => {
    const asked: string[] = [];
    const placeOf = (url: string) => {
      asked.push(url);
      return {url: join(folder, 'bucket')};
    };
    mkdirSync(join(folder, 'bucket/data'), {recursive: true});
    writeFileSync(join(folder, 'bucket/data/a'), 'hello');
    writeFileSync(join(folder, 'bucket/data/b'), 'b');
    const from = (url: string): SourceLocation => ({from: 's3', url});
    const blob = await bring({location: from('s3://lab/data/a')}, openMemoryStore(), {placeOf});
    expect(blob).toEqual({ok: true, value: {type: 'blob', digest: PIN, size: 5}});
    const digested = digestTree(join(folder, 'bucket/data'));
    if (!digested.ok) throw new Error('no tree');
    const {artifact} = digested.value;
    const tree = {type: 'tree', digest: artifact.digest, location: from('s3://lab/data/')} as const;
    expect(await bring(tree, openMemoryStore(), {placeOf})).toEqual({ok: true, value: artifact});
    const outcomes = [
      await bring({location: from('s3://lab/data/b')}, openMemoryStore(), {placeOf}),
      await bring({location: from('s3://lab/data/c')}, openMemoryStore(), {placeOf}),
      await bring({...tree, location: from('s3://lab/nothing/')}, openMemoryStore(), {placeOf}),
      await bring({...tree, digest: PIN}, openMemoryStore(), {placeOf}),
    ];
    expect(
      outcomes.map((outcome) =>
        outcome.ok ? 'ok' : JSON.stringify(outcome.error).replaceAll(folder, '<folder>'),
      ),
    ).toMatchInlineSnapshot(`
      [
        "{"code":"source","source":"text","why":"<folder>/bucket/data/b gave sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d, and its pin says sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","help":"if you mean the new bytes, \`repro lock --update\` pins them; if not, ask who publishes them"}",
        "{"code":"source","source":"text","why":"<folder>/bucket/data/c: there is nothing, or nothing that may be read","help":"check the key, and that your credentials may read it: servers do not tell the two apart"}",
        "{"code":"source","source":"text","why":"it has no files","help":"check the name; if it is gone, ask who published it"}",
        "{"code":"source","source":"text","why":"its 2 files are together sha256:22e951f4c8c74079e2104802986df17564f236ab04096e937e5735e72f23f81e, and its pin says sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","help":"if you mean the new bytes, \`repro lock --update\` pins them; if not, ask who publishes them"}",
      ]
    `);
    expect(new Set(asked)).toEqual(new Set(['s3://lab']));
    expect(
      addressByVariables({AWS_ENDPOINT_URL: 'https://a', AWS_ENDPOINT_URL_S3: 'https://b', AWS_REGION: 'r'})(
        's3://x',
      ),
    ).toEqual({
      url: 's3://x',
      endpoint: 'https://b',
      region: 'r',
    });
  });
});
