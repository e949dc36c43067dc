import {copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {temporaryDirectory} from '../../../artifacts/testing/temporary-directory.ts';
import {comparePaths, toldOf} from '../testing/told.ts';
import {
  bits16,
  bits32,
  float32,
  type TensorText,
  withHeader,
  writeSafetensors,
} from '../testing/write-safetensors.ts';

const EMBED = {dtype: 'F32', shape: [4, 3], bytes: float32(...Array.from({length: 12}, (_, i) => i / 8))};
const NORM = {dtype: 'F32', shape: [3], bytes: float32(1, 1, 1)};
const HEAD = {dtype: 'BF16', shape: [2, 2], bytes: bits16(0x3f80, 0x4000, 0x4040, 0x4080)};
const MODEL = {embed: EMBED, head: HEAD, norm: NORM};

function place(): (name: string) => string {
  const folder = temporaryDirectory();
  return (name) => join(folder, name);
}

/** Two models in files of their own, and what is printed of them. */
async function told(
  a: Readonly<Record<string, TensorText>>,
  b: Readonly<Record<string, TensorText>>,
  metadata?: readonly [Readonly<Record<string, string>>, Readonly<Record<string, string>>],
): Promise<string> {
  const at = place();
  writeSafetensors(at('a.safetensors'), a, metadata && {metadata: metadata[0]});
  writeSafetensors(at('b.safetensors'), b, metadata && {metadata: metadata[1]});
  return toldOf(at('a.safetensors'), at('b.safetensors'));
}

describe('a planted difference of weights', () => {
  it('of one bit is found: tensor, element, one unit in the last place', async () => {
    const at = place();
    writeSafetensors(at('a'), MODEL);
    copyFileSync(at('a'), at('b'));
    const bytes = readFileSync(at('b'));
    const data = 8 + Number(bytes.readBigUInt64LE());
    // Element [2, 1] of `embed`, the lowest bit.
    bytes.writeUInt8((bytes[data + 7 * 4] ?? 0) ^ 1, data + 7 * 4);
    writeFileSync(at('b'), bytes);
    expect(await toldOf(at('a'), at('b'))).toMatchInlineSnapshot(`
      "weights differ: 1 of 3 tensors, 1 of 19 elements, at most 1 ULP
        ULP   1: 1
        bits  mantissa 1
        embed  F32 [4, 3]  1 of 12, at most 1 ULP
          first at [2, 1]  0.875 → 0.87500006  3f600000 → 3f600001
      "
    `);
  });

  it('is told from one of metadata', async () => {
    expect(await told(MODEL, MODEL, [{format: 'pt'}, {format: 'pt', step: '7'}])).toMatchInlineSnapshot(`
      "metadata only: all 3 tensors equal, content 66175983
        __metadata__.step  (absent) → "7"
      "
    `);
    const {embed, head, norm} = MODEL;
    expect(await told(MODEL, {norm, head, embed})).toMatchInlineSnapshot(`
      "metadata only: all 3 tensors equal, content 66175983
        the tensors are stored in another order
      "
    `);
    const at = place();
    writeSafetensors(at('a'), MODEL);
    writeSafetensors(at('b'), MODEL, {padding: '   '});
    expect(await toldOf(at('a'), at('b'))).toMatchInlineSnapshot(`
      "metadata only: all 3 tensors equal, content 66175983
        the header is spelt differently
      "
    `);
  });

  it('may be a tensor that is missing, new, or of another type or shape', async () => {
    const half = {dtype: 'F16', shape: [3], bytes: bits16(0x3c00, 0x3c00, 0x3c00)};
    const flat = {...EMBED, shape: [12]};
    expect(
      await told({...MODEL, old: NORM}, {embed: flat, head: HEAD, norm: half, young: NORM}),
    ).toMatchInlineSnapshot(`
      "weights differ: 1 tensor only in a, 1 tensor only in b, 2 of another type or shape
        embed  F32 [4, 3] → F32 [12]
        norm  F32 [3] → F16 [3]
        - old  F32 [3]
        + young  F32 [3]
      "
    `);
  });

  it('keeps NaN, infinity and zero apart from distances', async () => {
    const before = bits32(0x7fc00000, 0x7fc00000, 0x3f800000, 0x00000000, 0x7f800000, 0xbf800000, 0x3f800000);
    const after = bits32(0x7fc00001, 0x3f800000, 0xffc00000, 0x80000000, 0x3f800000, 0x3f800000, 0x40000000);
    const tensor = (bytes: Uint8Array) => ({w: {dtype: 'F32', shape: [7], bytes}});
    expect(await told(tensor(before), tensor(after))).toMatchInlineSnapshot(`
      "weights differ: 1 of 1 tensor, 7 of 7 elements, at most 2,130,706,432 ULP
        ULP   0: 1 · more: 2
        bits  nan 2 · nan payload 1 · infinity 1 · zero sign 1 · sign 1 · exponent 1
        w  F32 [7]  7 of 7, at most 2,130,706,432 ULP
          first at [0]  NaN → NaN  7fc00000 → 7fc00001
      "
    `);
  });

  it('is shown of every type: small floats, whole numbers, truth, and what nobody reads as numbers', async () => {
    const model = (word: number): Readonly<Record<string, TensorText>> => ({
      bool: {dtype: 'BOOL', shape: [1], bytes: Uint8Array.of(word & 1)},
      e4m3: {dtype: 'F8_E4M3', shape: [1], bytes: Uint8Array.of(0x7e + (word & 1))},
      e5m2: {dtype: 'F8_E5M2', shape: [1], bytes: Uint8Array.of(0x7b + (word & 1))},
      half: {dtype: 'F16', shape: [1], bytes: bits16(0x3c00 + word)},
      long: {dtype: 'I64', shape: [1], bytes: new Uint8Array(BigInt64Array.of(-BigInt(word)).buffer)},
      scalar: {dtype: 'F64', shape: [], bytes: new Uint8Array(Float64Array.of(word / 3).buffer)},
      tiny: {dtype: 'F4', shape: [2], bytes: Uint8Array.of(word)},
    });
    const at = place();
    writeSafetensors(at('a'), model(2));
    writeSafetensors(at('b'), model(3));
    const found = await comparePaths(at('a'), at('b'));
    if (found.kind !== 'tensors') throw new Error(found.kind);
    expect(
      found.changed.map(({name, first, classes, maxUlp}) => {
        const {before, after} = first;
        const bits = `${before.bits}→${after.bits}`;
        return `${name}: ${before.value} → ${after.value} (${bits}) ${Object.keys(classes)} ${maxUlp}`;
      }),
    ).toMatchInlineSnapshot(`
      [
        "bool: 0 → 1 (00→01) value 1",
        "e4m3: 448 → NaN (7e→7f) nan undefined",
        "e5m2: 57344 → Infinity (7b→7c) infinity undefined",
        "half: 1.00195 → 1.00293 (3c02→3c03) mantissa 1",
        "long: -2 → -3 (fffffffffffffffe→fffffffffffffffd) value 1",
        "scalar: 0.6666666666666666 → 1 (3fe5555555555555→3ff0000000000000) exponent 3002399751580331",
        "tiny: 0x02 → 0x03 (02→03) bytes undefined",
      ]
    `);
  });
});

describe('a model that was split', () => {
  const index = (map: unknown) => JSON.stringify({metadata: {}, weight_map: map});
  const split = (folder: string, embed = EMBED) => {
    mkdirSync(folder);
    writeSafetensors(join(folder, 'model-1.safetensors'), {embed});
    writeSafetensors(join(folder, 'model-2.safetensors'), {head: HEAD, norm: NORM});
    const map = {embed: 'model-1.safetensors', head: 'model-2.safetensors', norm: 'model-2.safetensors'};
    writeFileSync(join(folder, 'model.safetensors.index.json'), index(map));
  };

  it('is the same model, as a folder and as a file', async () => {
    const at = place();
    split(at('split'));
    mkdirSync(at('whole'));
    writeSafetensors(at('whole/model.safetensors'), MODEL);
    expect(await toldOf(at('split'), at('whole'))).toMatchInlineSnapshot(`
      "1 of 1 shared file differs, 1 only in a (3 and 1 file)
        *.safetensors  metadata only: all 3 tensors equal, content 66175983
          the tensors are split over files in another way
        - model.safetensors.index.json
      "
    `);
    expect(await toldOf(at('whole/model.safetensors'), at('split'))).toMatchInlineSnapshot(`
      "metadata only: all 3 tensors equal, content 66175983
        the tensors are split over files in another way
      "
    `);
  });

  it('shows a weight that differs in either', async () => {
    const at = place();
    split(at('a'));
    split(at('b'), {
      ...EMBED,
      bytes: float32(...Array.from({length: 12}, (_, i) => (i === 5 ? 0.75 : i / 8))),
    });
    expect(await toldOf(at('a'), at('b'))).toMatchInlineSnapshot(`
      "1 of 2 shared files differs
        *.safetensors  weights differ: 1 of 3 tensors, 1 of 19 elements, at most 2,097,152 ULP
          ULP   more: 1
          bits  mantissa 1
          embed  F32 [4, 3]  1 of 12, at most 2,097,152 ULP
            first at [1, 2]  0.625 → 0.75  3f200000 → 3f400000
      "
    `);
  });

  it('whose index names what is not there is not compared', async () => {
    const at = place();
    split(at('a'));
    split(at('b'));
    writeFileSync(at('b/model.safetensors.index.json'), index({embed: '../../secret.safetensors'}));
    writeFileSync(at('b/model-1.safetensors'), 'other');
    expect(await toldOf(at('a'), at('b'))).toMatchInlineSnapshot(`
      "2 of 2 shared files differ
        *.safetensors  not looked into: the index names "../../secret.safetensors", which is not there
        model.safetensors.index.json  3 values differ
          weight_map.embed  "model-1.safetensors" → "../../secret.safetensors"
          weight_map.head  "model-2.safetensors" → (absent)
          weight_map.norm  "model-2.safetensors" → (absent)
      "
    `);
  });
});

describe('what only looks like safetensors', () => {
  const good = withHeader('{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', float32(1, 2));
  const bad = async (bytes: Uint8Array) => {
    const at = place();
    writeFileSync(at('a.safetensors'), good);
    writeFileSync(at('b.safetensors'), bytes);
    return toldOf(at('a.safetensors'), at('b.safetensors'));
  };

  it('is refused with what is wrong, and compared as bytes', async () => {
    const at = place();
    writeFileSync(at('a'), good);
    copyFileSync(at('a'), at('b'));
    truncateSync(at('b'), good.length - 3);
    expect(await toldOf(at('a'), at('b'))).toMatchInlineSnapshot(`
      "bytes differ from offset 67 on, 70 B and 67 B (not safetensors: b: truncated: tensor "w" ends at byte 70, and the file has 67)
      "
    `);
  });

  it('is never believed', async () => {
    const tensor = (more: string) => `{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]${more}}}`;
    const headers: readonly (readonly [string, Uint8Array])[] = [
      ['{"w":{"dtype":"F32","shape":[9007199254740991,9],"data_offsets":[0,8]}}', float32(1, 3)],
      ['{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', float32(1, 3)],
      ['{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}', float32(1, 3)],
      ['{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}', float32(1, 3)],
      [
        '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"v":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}',
        float32(1, 2, 3),
      ],
      [tensor(''), float32(1, 2, 3)],
      ['{"w":[]}', float32(1)],
      ['{"w\\u0000":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', float32(1, 3)],
      ['{"__metadata__":{"a":1}}', float32()],
      ['{"w":', float32(1)],
    ];
    const told = [];
    for (const [header, data] of headers) told.push(await bad(withHeader(header, data)));
    const huge = Buffer.from(good);
    huge.writeBigUInt64LE(2n ** 39n);
    told.push(await bad(huge));
    expect(
      told.map((text) => text.replace(/bytes differ from offset \d+ on, [^(]*/, '').trim()),
    ).toMatchInlineSnapshot(`
      [
        "(not safetensors: b.safetensors: tensor "w": its sizes are impossible)",
        "(not safetensors: b.safetensors: tensor "w": 3 elements of F32 don't fill 8 bytes)",
        "(not safetensors: b.safetensors: tensor "w": its shape is not a list of counts)",
        "(not safetensors: b.safetensors: truncated: tensor "w" ends at byte 79, and the file has 71)",
        "(not safetensors: b.safetensors: tensor "v" begins at byte 120, where 124 is expected)",
        "(not safetensors: b.safetensors: 4 bytes after the last tensor belong to none)",
        "(not safetensors: b.safetensors: tensor "w": not an object)",
        "(not safetensors: b.safetensors: tensor "w\\u0000": its name holds a separator)",
        "(not safetensors: b.safetensors: its __metadata__ is not an object of strings)",
        "(not safetensors: b.safetensors: its header is not a JSON object in UTF-8)",
        "(not safetensors: b.safetensors: its header claims 549755813888 bytes; at most 67108864 are read)",
      ]
    `);
  });
});
