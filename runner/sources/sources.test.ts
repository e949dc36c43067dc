import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, it} from 'vitest';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {openMemoryStore} from '../../artifacts/memory/open-memory-store.ts';
import {StatIndex} from '../../artifacts/stat-index.ts';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {digestTree} from '../../artifacts/trees/digest-tree.ts';
import type {PlannedSource, SourceLocation} from '../../schemas/plan.ts';
import {bringSource} from './bring-source.ts';
import {checkSource} from './check-source.ts';

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
  const bring = (some: Partial<PlannedSource>, store = openMemoryStore()) => {
    const scratch = join(folder, 'scratch');
    mkdirSync(scratch, {recursive: true});
    const options = {
      store: store.artifacts,
      scratch,
      owner: 'boot.1.2',
      signal: new AbortController().signal,
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
    const locations: SourceLocation[] = [
      {from: 'hf', repository: 'a/b', revision: 'c'.repeat(40)},
      {from: 's3', url: 's3://bucket/key'},
      {from: 'git', url: 'https://example.org/x.git', commit: 'c'.repeat(40)},
    ];
    for (const location of locations) {
      const brought = await bring({location});
      expect(brought).toMatchObject({
        ok: false,
        error: {code: 'source', why: expect.stringContaining(`\`${location.from}:\``)},
      });
    }
    const tree = await bring({type: 'tree', location: {from: 'https', url: 'https://example.org/x'}});
    expect(tree).toMatchObject({ok: false, error: {why: 'a folder cannot be fetched over https'}});
    expect(existsSync(join(folder, 'scratch'))).toBe(true);
    expect(readdirSync(join(folder, 'scratch'))).toEqual([]);
  });
});
