import {expect, test} from 'vitest';
import fc from '../../../artifacts/testing/properties.ts';
import {canonicalJson} from '../../../schemas/canonical-json.ts';
import {plainSteps, traceLines} from '../testing/write-trace.ts';
import type {TraceExtent} from './chain.ts';
import {readTrace, TraceReader} from './trace-reader.ts';

const lines = traceLines(plainSteps(6));
const [header = ''] = lines;

/** Which steps it tells, and what becomes of it. */
async function read(text: string, extent: TraceExtent, pieceSize = 100) {
  const told: number[] = [];
  const reader = new TraceReader(({step}) => told.push(step), extent);
  return {result: await readTrace(pieces(Buffer.from(text), pieceSize), reader), told};
}

async function* pieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function text(chosen: readonly (string | undefined)[]): string {
  return chosen.map((line) => `${line}\n`).join('');
}

test('pieces may end anywhere', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({min: 1, max: 2000}), async (size) => {
      const {result, told} = await read(text(lines), 'whole', size);
      expect(result).toMatchObject({ok: true, value: {steps: 6}});
      expect(told).toEqual([1, 2, 3, 4, 5, 6]);
    }),
  );
});

test('a part of a trace is a part, and no whole trace', async () => {
  const part = text([header, lines[3], lines[4], lines[1]]);
  expect(await read(part, 'parts')).toMatchObject({
    result: {ok: true, value: {steps: 3}},
    told: [3, 4, 1],
  });
  const {result} = await read(part, 'whole');
  expect(result).toEqual({
    ok: false,
    error: {line: 2, why: 'its `previous` is not the chain of the line before'},
  });
});

test('each line of a part is held to its form and its own chain', async () => {
  const forged = lines[4]?.replace(/"loss":"./, '"loss":"z');
  const moved = lines[4]?.replace('"step":4', '"step":5');
  const reordered = JSON.stringify(JSON.parse(lines[4] ?? ''), [
    'step',
    'chain',
    'parts',
    'previous',
    'scalars',
  ]);
  for (const line of [forged, moved, reordered, canonicalJson({step: 4})]) {
    const {result, told} = await read(text([header, lines[3], line]), 'parts');
    expect(result).toMatchObject({ok: false, error: {line: 3}});
    expect(told).toEqual([3]);
  }
});

test('a part needs a header, and an end to its last line', async () => {
  const why = async (part: string) => {
    const {result} = await read(part, 'parts');
    return result.ok ? 'fine' : `${result.error.line}: ${result.error.why}`;
  };
  expect(await why('')).toBe('1: there is no header');
  expect(await why(text([lines[3]]))).toMatch(/^1: /);
  expect(await why(`${text([header])}${lines[3]}`)).toBe('2: torn: it has no end');
  expect(await why(text([header, 'x'.repeat(2 ** 16 + 1)]))).toBe('2: longer than 65536 bytes');
});
