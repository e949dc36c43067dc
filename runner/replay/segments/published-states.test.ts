import {describe, expect, it} from 'vitest';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {MemoryStore} from '../../../artifacts/memory/memory-store.ts';
import fc from '../../../artifacts/testing/properties.ts';
import {encodeManifest, manifestOf, treeOf} from '../../../artifacts/trees/manifest.ts';
import {canonicalJson} from '../../../schemas/canonical-json.ts';
import {hexOf} from '../../../schemas/digest.ts';
import {statePath} from '../../compare/trace/state-document.ts';
import {tensorPath} from '../testing/segments-published.ts';
import {readStates} from './published-states.ts';
import type {Training} from './training.ts';

const STEPS = [5, 10, 15];
const OTHER = 'f'.repeat(64);

function chainAfter(step: number): string {
  return hexOf(digestOfBytes(`chain ${step}`));
}

function tensor(step: number): Buffer {
  return Buffer.from(`weights ${step}`);
}

function state(step: number, more: object = {}): Buffer {
  const sha256 = hexOf(digestOfBytes(tensor(step)));
  const tensors = {'parameters/w': {dtype: 'float32', shape: [2, 1], sha256}};
  return Buffer.from(
    canonicalJson({boundary: 1, step, chain: chainAfter(step), facts: {}, tensors, ...more}),
  );
}

type Files = Map<string, Uint8Array>;

/** Of 20 steps, every 5. */
function honest(): Files {
  return new Map<string, Uint8Array>([
    ['index.json', Buffer.from(canonicalJson({boundaries: 1, every: 5, steps: STEPS}))],
    ['completions.jsonl', Buffer.from('{}\n')],
    ...STEPS.map((step) => [statePath(step), state(step)] as const),
    ...STEPS.map((step) => [tensorPath(tensor(step)), tensor(step)] as const),
  ]);
}

async function findings(files: Files): Promise<readonly string[]> {
  const store = new MemoryStore();
  const entries = [];
  for (const [path, bytes] of files) {
    const {digest, size} = await store.write(bytes);
    entries.push({path, size, executable: false, digest});
  }
  const manifest = manifestOf(entries);
  await store.write(encodeManifest(manifest));
  const segments = [0, ...STEPS].map((after, index) => ({stage: 'sft', index, after, steps: 5}));
  const training = {segments, every: 5, steps: 20, boundaries: treeOf(manifest)} as unknown as Training;
  return (await readStates(training, chainAfter, store)).findings;
}

describe('published states', () => {
  it('that are what the params say are right', async () => {
    expect(await findings(honest())).toEqual([]);
  });

  it('say what can’t be so', async () => {
    const lies: Readonly<Record<string, (files: Files) => void>> = {
      'a missing state': (files) => files.delete(statePath(10)),
      'a state too many': (files) => files.set(statePath(12), state(12)),
      'the last state': (files) => files.set(statePath(20), state(20)),
      'another name': (files) => files.set('states/10.json', state(10)),
      'another step': (files) => files.set(statePath(10), state(5)),
      'no state': (files) => files.set(statePath(10), Buffer.from('[]')),
      'no JSON': (files) => files.set(statePath(10), Buffer.from('{')),
      'no text': (files) => files.set(statePath(10), Buffer.from([0xff, 0xfe])),
      'a field that nobody knows': (files) => files.set(statePath(10), state(10, {more: 1})),
      'a path for a digest': (files) => {
        const tensors = {w: {dtype: 'float32', shape: [1], sha256: '../../../etc/passwd'}};
        files.set(statePath(10), state(10, {tensors}));
      },
      'a type that is code': (files) => {
        const tensors = {w: {dtype: 'load(x)', shape: [1], sha256: OTHER}};
        files.set(statePath(10), state(10, {tensors}));
      },
      'a negative shape': (files) => {
        const tensors = {w: {dtype: 'float32', shape: [-1], sha256: OTHER}};
        files.set(statePath(10), state(10, {tensors}));
      },
      'another trace': (files) => files.set(statePath(10), state(10, {chain: OTHER})),
      'no trace': (files) => files.set(statePath(10), state(10, {chain: null})),
      'a missing tensor': (files) => files.delete(tensorPath(tensor(10))),
      'a tensor under another name': (files) => files.set(`tensors/ff/${OTHER}`, Buffer.from('x')),
      'a tensor in another folder': (files) =>
        files.set(tensorPath(tensor(10)).replace(/tensors\/../, 'tensors/zz'), tensor(10)),
      'no index': (files) => files.delete('index.json'),
      'fewer states by the index': (files) =>
        files.set('index.json', Buffer.from('{"boundaries":1,"every":10,"steps":[10]}')),
      'code beside it': (files) => files.set('states/run.py', Buffer.from('print()')),
    };
    const told: Record<string, readonly string[]> = {};
    for (const [name, lie] of Object.entries(lies)) {
      const files = honest();
      lie(files);
      told[name] = (await findings(files)).map((finding) => finding.replaceAll(/[0-9a-f]{64}/g, '<hex>'));
    }
    expect(told).toMatchInlineSnapshot(`
      {
        "a field that nobody knows": [
          "the state after step 10 is none: $.more is unknown",
        ],
        "a missing state": [
          "the state after step 10 is not there",
        ],
        "a missing tensor": [
          "the state after step 10 lacks 1 of its tensors, first tensors/6b/<hex>",
        ],
        "a negative shape": [
          "the state after step 10 is none: $.tensors.w.shape[0] is not a count",
        ],
        "a path for a digest": [
          "the state after step 10 is none: $.tensors.w.sha256 is not 64 hexadecimal digits",
        ],
        "a state too many": [
          ""states/00000012.json" is no state after a boundary",
        ],
        "a tensor in another folder": [
          ""tensors/zz/<hex>" is no state after a boundary",
        ],
        "a tensor under another name": [
          "tensors/ff/<hex> is not named by its digest",
        ],
        "a type that is code": [
          "the state after step 10 is none: $.tensors.w.dtype is not a type",
        ],
        "another name": [
          ""states/10.json" is no state after a boundary",
        ],
        "another step": [
          "the state after step 10 is none: names another step",
        ],
        "another trace": [
          "the state after step 10 is of another trace: its chain is not the trace’s there",
        ],
        "code beside it": [
          ""states/run.py" is no state after a boundary",
        ],
        "fewer states by the index": [
          "the states’ index.json says something else than the params do",
        ],
        "no JSON": [
          "the state after step 10 is none: $ is not an object",
        ],
        "no index": [
          "the states have no index.json",
        ],
        "no state": [
          "the state after step 10 is none: $ is not an object",
        ],
        "no text": [
          "the state after step 10 is none: $ is not an object",
        ],
        "no trace": [
          "the state after step 10 is of another trace: its chain is not the trace’s there",
        ],
        "the last state": [
          ""states/00000020.json" is no state after a boundary",
        ],
      }
    `);
  });

  it('of any bytes at all are told from right ones, and nothing is thrown', async () => {
    const paths = fc.constantFrom(...honest().keys());
    await fc.assert(
      fc.asyncProperty(paths, fc.uint8Array({maxLength: 300}), async (path, bytes) => {
        fc.pre(path !== 'completions.jsonl' && Buffer.compare(bytes, honest().get(path) ?? bytes) !== 0);
        const files = honest();
        files.set(path, bytes);
        expect(await findings(files)).not.toEqual([]);
      }),
    );
  });
});
