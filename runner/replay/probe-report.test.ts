import {expect, it} from 'vitest';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {openMemoryStore} from '../../artifacts/memory/open-memory-store.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {StageResultDigests} from '../../schemas/verdict.ts';
import {differingOperations} from './probe-report.ts';

const PROBE = {outputs: new Map([['told', {type: 'blob', kind: 'probe'} as const]])};

/** Two reports, of which a store may lack the first. */
async function told(before: object, after: object, isBeforeThere = true) {
  const {artifacts} = openMemoryStore();
  const put = async (report: object, isThere: boolean): Promise<StageResultDigests> => {
    const bytes = Buffer.from(JSON.stringify(report));
    const digest: Digest = isThere ? (await artifacts.write(bytes)).digest : digestOfBytes(bytes);
    return {
      outputs: {told: {type: 'blob', digest, size: bytes.length}},
      values: {},
      metrics: null,
      trace: null,
    };
  };
  return differingOperations(artifacts, PROBE, await put(before, isBeforeThere), await put(after, true));
}

const A = {format: 1, operations: {exp: '1', matmul: '2', sqrt: '3'}};
const B = {format: 1, operations: {exp: '1', matmul: '2', sqrt: '4'}};

it('names the operations that two reports do not agree on', async () => {
  expect(await told(A, B)).toEqual(['sqrt']);
  expect(await told(A, A)).toEqual([]);
});

it('calls no operation different where the recorded report was not published', async () => {
  expect(await told(A, B, false)).toEqual(['some of 3 operations (one of the two reports can’t be read)']);
});

it('says nothing of a stage that is no probe', async () => {
  const {artifacts} = openMemoryStore();
  const result = {outputs: {}, values: {}, metrics: null, trace: null};
  expect(await differingOperations(artifacts, {outputs: new Map()}, result, result)).toEqual([]);
});
