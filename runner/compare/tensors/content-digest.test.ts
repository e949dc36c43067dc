import {createHash} from 'node:crypto';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {temporaryDirectory} from '../../../artifacts/testing/temporary-directory.ts';
import {toldOf} from '../testing/told.ts';
import {bits16, float32, writeSafetensors} from '../testing/write-safetensors.ts';
import {contentDigest, leafHash} from './tensor-digest.ts';

describe('a content digest', () => {
  it('is what schemas/trace.ts says', () => {
    const leaf = leafHash({name: 'w', dtype: 'F32', shape: [2, 1]})
      .update(float32(1, 2))
      .digest('hex');
    expect(leaf).toMatchInlineSnapshot(`"e606d4d1c72f21f149f6eeb79136e4ac6ea6dc4321aacf94b03b89fd51fb0490"`);
    expect(contentDigest(new Map([['w', leaf]]))).toMatchInlineSnapshot(
      `"8ec0c3798e83b866cb4e782c1877a4660ccb7810b65b716d41aa023907aec1c4"`,
    );
  });

  it('sorts names by their UTF-8, which is not JavaScript’s order', () => {
    const [plane1, last] = ['\u{1f600}', '\uffee'];
    expect([plane1, last].sort()).toEqual([plane1, last]);
    const leaves = new Map([plane1, last].map((name) => [name, '0']));
    const inOrder = `m1\0${last}\x000\n${plane1}\x000\n`;
    expect(contentDigest(leaves)).toBe(createHash('sha256').update(inOrder).digest('hex'));
  });
});

it('a tensor without elements is a tensor', async () => {
  const folder = temporaryDirectory();
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  const none = {dtype: 'F32', shape: [0, 4], bytes: float32()};
  writeSafetensors(a, {none, w: {dtype: 'F16', shape: [1], bytes: bits16(1)}});
  writeSafetensors(b, {none, w: {dtype: 'F16', shape: [1], bytes: bits16(2)}});
  expect(await toldOf(a, b)).toMatchInlineSnapshot(`
    "weights differ: 1 of 2 tensors, 1 of 1 elements, at most 1 ULP
      ULP   1: 1
      bits  mantissa 1
      w  F16 [1]  1 of 1, at most 1 ULP
        first at [0]  5.96046e-8 → 1.19209e-7  0001 → 0002
    "
  `);
});
