import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {objectPath} from '../../artifacts/layout.ts';
import {drawnBytes} from '../../artifacts/testing/drawn-bytes.ts';
import {readManifest} from '../../artifacts/trees/materialise.ts';
import {type Digest, digestFromHex} from '../../schemas/digest.ts';
import type {SourceLocation} from '../../schemas/plan.ts';
import {type FetchRig, fetchRig, fetchRigOn} from './testing/fetch-rig.ts';
import {type Hub, type HubFileText, type HubOptions, openHub, sha256} from './testing/hub-server.ts';

const COMMIT = 'c'.repeat(40);
const WEIGHTS = drawnBytes(3 * 2 ** 20);
const FILES: readonly HubFileText[] = [
  {path: '.gitattributes', bytes: Buffer.from('*.safetensors filter=lfs\n')},
  {path: 'README.md', bytes: Buffer.from('# A model\n')},
  {path: 'config.json', bytes: Buffer.from('{"layers": 2}\n')},
  {path: 'folder/a b#?.txt', bytes: Buffer.from('odd name')},
  {path: 'model.safetensors', bytes: WEIGHTS, lfs: true},
  {path: 'pytorch_model.bin', bytes: Buffer.from('the same weights, with code'), lfs: true},
];
const MODEL: Extract<SourceLocation, {from: 'hf'}> = {from: 'hf', repository: 'org/name', revision: COMMIT};

async function setUp(more: Partial<HubOptions> = {}, variables = {}): Promise<{hub: Hub; rig: FetchRig}> {
  const hub = await openHub({repository: 'org/name', commit: COMMIT, files: FILES, ...more});
  const rig = await fetchRig({HF_ENDPOINT: hub.endpoint, REPRO_ALLOW_PRIVATE: hub.cdn, ...variables});
  return {hub, rig};
}

const pathsOf = async (rig: FetchRig, digest: Digest) =>
  (await readManifest(rig.store.artifacts, digest)).entries.map(({path}) => path);
const normal = (text: string, hub: Hub) =>
  text
    .replaceAll(hub.endpoint, '<hub>')
    .replaceAll(`http://${hub.cdn}`, '<cdn>')
    .replaceAll(/[0-9a-f]{64}/g, '<64>')
    .replaceAll(/[0-9a-f]{40}/g, '<40>');

describe('a repository of the hub', () => {
  it('becomes a tree of all its files, page by page, and nothing is left over', async () => {
    const {hub, rig} = await setUp({pageSize: 2});
    const {artifact, notes} = await rig.fetch(MODEL);
    expect(await pathsOf(rig, artifact.digest)).toEqual(FILES.map(({path}) => path));
    const weights = objectPath(rig.store.layout, digestFromHex(sha256(WEIGHTS)));
    expect(readFileSync(weights).equals(WEIGHTS)).toBe(true);
    expect(notes).toEqual(['each file is what the hub lists at this commit: 2 by SHA-256, 4 by git’s SHA-1']);
    expect(rig.kept()).toEqual([]);
    expect(hub.asked.filter(({path}) => path.startsWith('/api/'))).toHaveLength(3);
    expect(rig.told.at(-1)).toEqual([artifact.size, artifact.size]);
    // Pinned, it is the same; with another pin it is refused, and its bytes have not entered the store.
    expect(await rig.outcome(MODEL, {pin: artifact.digest})).toBe(artifact.digest);
    const other = await setUp();
    expect(
      normal(await other.rig.outcome(MODEL, {pin: digestFromHex('0'.repeat(64))}), other.hub),
    ).toMatchInlineSnapshot(`
      "its 6 files are together sha256:<64>, and its pin says sha256:<64>
      help: if you mean the new bytes, \`repro lock --update\` pins them; if not, ask who publishes them"
    `);
    expect((await other.rig.store.artifacts.missing([digestFromHex(sha256(WEIGHTS))])).size).toBe(1);
    // What came is kept: with the right pin, nothing but the list is asked for.
    const before = other.hub.asked.length;
    expect(await other.rig.outcome(MODEL, {pin: artifact.digest})).toBe(artifact.digest);
    expect(other.hub.asked.slice(before).map(({path}) => path)).toEqual([
      `/api/models/org/name/tree/${COMMIT}?recursive=true`,
    ]);
  });

  it('may be taken in part, and a data set is one too', async () => {
    const {rig} = await setUp();
    const some = await rig.fetch({...MODEL, files: ['*.safetensors', 'config.json', 'folder/*']});
    expect(await pathsOf(rig, some.artifact.digest)).toEqual([
      'config.json',
      'folder/a b#?.txt',
      'model.safetensors',
    ]);
    const one = await rig.fetch({...MODEL, files: ['model.safetensors']}, {type: 'blob'});
    expect(one.artifact).toEqual({type: 'blob', digest: `sha256:${sha256(WEIGHTS)}`, size: WEIGHTS.length});
    expect(await rig.outcome({...MODEL, files: ['*.safetensors', '*.gguf']})).toMatchInlineSnapshot(`
      "no file of it is called *.gguf
      help: look at what \`files:\` names; \`*\` stands for any text"
    `);
    expect(await rig.outcome(MODEL, {type: 'blob'})).toMatchInlineSnapshot(`
      "it is of type blob, and stands for 6 files
      help: name one file in \`files:\`, or write \`type: tree\`"
    `);
    const data = await setUp({repository: 'datasets/org/name', files: FILES.slice(0, 2)});
    const set = await data.rig.fetch({...MODEL, repository: 'datasets/org/name'});
    expect(await pathsOf(data.rig, set.artifact.digest)).toEqual(['.gitattributes', 'README.md']);
  });

  it('shows the token to the hub alone, and never in words', async () => {
    const token = 'hf_verysecret';
    const {hub, rig} = await setUp({token}, {HF_TOKEN: token});
    await rig.fetch(MODEL);
    const shown = (where: string) =>
      new Set(hub.asked.filter((ask) => ask.where === where).map((ask) => ask.token));
    expect(shown('hub')).toEqual(new Set([`Bearer ${token}`]));
    expect(shown('cdn')).toEqual(new Set([undefined]));
  });

  it('that may not be read is said so, with the next step', async () => {
    const anonymous = await setUp({token: 'hf_other'});
    expect(normal(await anonymous.rig.outcome(MODEL), anonymous.hub)).toMatchInlineSnapshot(`
      "<hub>/org/name is not there, or may not be seen
      help: if it is private, set HF_TOKEN to a token of yours"
    `);
    const wrong = await setUp({token: 'hf_other'}, {HF_TOKEN: 'hf_mine'});
    expect(normal(await wrong.rig.outcome(MODEL), wrong.hub)).toMatchInlineSnapshot(`
      "<hub>/org/name is not there, or may not be seen
      help: check its name, and whether HF_TOKEN may read it"
    `);
    const gated = await setUp({gated: true}, {HF_TOKEN: 'hf_mine'});
    expect(normal(await gated.rig.outcome(MODEL), gated.hub)).toMatchInlineSnapshot(`
      "<hub>/org/name is gated
      help: accept its terms at <hub>/org/name as the user whose HF_TOKEN is set, and let that token read gated repositories"
    `);
    const untold = await setUp({gated: true});
    expect(normal(await untold.rig.outcome(MODEL), untold.hub)).toMatchInlineSnapshot(`
      "<hub>/org/name is gated
      help: accept its terms at <hub>/org/name, then set HF_TOKEN to a token of yours"
    `);
    const commit = await setUp();
    expect(
      normal(await commit.rig.outcome({...MODEL, revision: 'd'.repeat(40)}), commit.hub),
    ).toMatchInlineSnapshot(`
      "<hub>/org/name has no commit <40>, or not this file in it
      help: look up the full commit in the history of its files"
    `);
    const cdn = await setUp({}, {REPRO_ALLOW_PRIVATE: ''});
    expect(
      normal(await cdn.rig.outcome(MODEL), cdn.hub).replaceAll(cdn.hub.cdn, 'CDN'),
    ).toMatchInlineSnapshot(`
      "<cdn> is not fetched: only https is
      help: if you trust it, allow it yourself: REPRO_ALLOW_PRIVATE=CDN"
    `);
  });

  it('with bytes other than its list says is refused, by name', async () => {
    const large = await setUp();
    large.hub.faults.flipped.add('model.safetensors');
    expect(normal(await large.rig.outcome(MODEL), large.hub)).toMatchInlineSnapshot(`
      "<hub>/org/name/resolve/<40>/model.safetensors gave sha256:<64>, and its list says sha256:<64>
      help: what it sends is not what it lists: try again later, or another endpoint"
    `);
    const small = await setUp();
    small.hub.faults.flipped.add('config.json');
    expect(normal(await small.rig.outcome(MODEL), small.hub)).toMatchInlineSnapshot(`
      "<hub>/org/name/resolve/<40>/config.json is the git blob <40>, and its list says <40>
      help: what it sends is not what it lists: try again later, or another endpoint"
    `);
  });

  it.for([
    ['../out', 'dot component'],
    ['/etc/passwd', 'absolute'],
    ['a/.git/config', 'reserved name'],
    ['CON', 'Windows device name'],
    ['a\\b', 'backslash or colon'],
    ['config.json/x', 'would be one file'],
    ['CONFIG.json', 'would be one file'],
  ] as const)('that lists %s is refused before a byte is fetched', async ([path, why]) => {
    const {hub, rig} = await setUp({files: [...FILES, {path, bytes: Buffer.from('x')}]});
    expect(await rig.outcome(MODEL)).toContain(why);
    expect(hub.asked.filter((ask) => ask.path.includes('resolve'))).toEqual([]);
  });
});

describe('a download from the hub that breaks', () => {
  it('goes on where it was, in the same process', async () => {
    const {hub, rig} = await setUp();
    hub.faults.cut.set('model.safetensors', 1_000_000);
    hub.faults.busy.add('config.json');
    await rig.fetch({...MODEL, files: ['model.safetensors', 'config.json']});
    const ranges = hub.asked.filter(({where}) => where === 'cdn').map(({range}) => range);
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
    expect(hub.faults.cut.size + hub.faults.busy.size).toBe(0);
    // 503 with Retry-After: 7; the cut is retried after half a second.
    expect([...rig.slept].sort()).toEqual([500, 7000]);
  });

  it('goes on where another process was killed, and where one gave up', async () => {
    const {hub, rig} = await setUp();
    const stop = new AbortController();
    const stopping = {
      signal: stop.signal,
      progress: () => undefined,
      pace: {now: () => 0, random: () => 1, sleep: async () => stop.abort()},
    };
    hub.faults.cut.set('model.safetensors', 2_000_000);
    await expect(rig.fetch({...MODEL, files: ['*.safetensors']}, {options: stopping})).rejects.toThrow(
      /abort/i,
    );
    expect(rig.kept()).toHaveLength(1);
    const again = fetchRigOn(
      rig.store,
      {HF_ENDPOINT: hub.endpoint, REPRO_ALLOW_PRIVATE: hub.cdn},
      'here.2.2',
    );
    await again.fetch({...MODEL, files: ['*.safetensors']});
    expect(hub.asked.at(-1)?.range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(rig.kept()).toEqual([]);
  });
});
