import {describe, expect, it, test} from 'vitest';
import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import {MemoryBucket} from '../../artifacts/memory/memory-bucket.ts';
import type {CheckName} from './row.ts';
import {type APublication, aPublication, PARTS, type Part} from './testing/a-publication.ts';
import {auditIt} from './testing/audit-it.ts';

/** Which check must name the damage, whatever else it makes unknowable. */
const NAMED_BY: Readonly<Record<Part, CheckName>> = {
  publication: 'publication',
  attestations: 'signature',
  'sequence entry': 'newest',
  'run record': 'record',
  receipt: 'receipts',
  blob: 'artifacts',
  manifest: 'artifacts',
  pack: 'artifacts',
  'large file': 'artifacts',
  'pipeline file': 'source',
  lock: 'source',
  'stage code': 'code',
  SDK: 'code',
  'pinned source': 'pins',
  log: 'logs',
  metrics: 'logs',
};

/** Spread over the whole of each object; every bit where there are no more. */
const MOST_FLIPS = 120;

describe('one flipped bit', () => {
  test.for(PARTS)('of the %s is caught, and named', async (part) => {
    const published = await aPublication();
    const key = published.keys[part];
    const whole = await bytesOf(published.bucket, key);
    let flips = 0;
    const step = Math.max(1, Math.floor((whole.length * 8) / MOST_FLIPS) | 1);
    for (let bit = 0; bit < whole.length * 8; bit += step) {
      await published.bucket.put(key, flipped(whole, bit), {ifAbsent: false});
      const {rows, verdict} = await auditIt(published);
      const named = rows.filter(({state}) => state !== 'pass').map(({check}) => check);
      expect(named, `bit ${bit} of the ${part}`).toContain(NAMED_BY[part]);
      // Of a receipt the parts that decide nothing may be another execution's: named, and no fault.
      if (part !== 'receipt') expect(verdict).toBe('failed');
      flips++;
    }
    expect(flips).toBeGreaterThan(50);
    await published.bucket.put(key, whole, {ifAbsent: false});
    expect((await auditIt(published)).verdict, 'the control: with the bit put back').toBe('passed');
  });

  test.for(
    PARTS.filter((part) => part !== 'receipt' && part !== 'pinned source' && part !== 'sequence entry'),
  )('so is a %s that is gone', async (part) => {
    const published = await aPublication();
    await published.bucket.remove([published.keys[part]]);
    if (part === 'publication') return expect(auditIt(published)).rejects.toThrow('there is no publication');
    const {rows} = await auditIt(published);
    const failed = rows.filter(({state}) => state === 'fail').map(({check}) => check);
    expect(failed).toContain(NAMED_BY[part]);
  });

  test.for(['large file', 'pack', 'log', 'metrics', 'blob'] as const)(
    'so is a %s that never ends',
    async (part) => {
      const published = await aPublication();
      const endless = endlessly(published, published.keys[part]);
      const {rows} = await auditIt({...published, bucket: endless});
      expect(rows.filter(({state}) => state === 'fail').map(({check}) => check)).toContain(NAMED_BY[part]);
    },
  );
});

it('is said in words', async () => {
  const said: string[] = [];
  for (const part of PARTS) {
    const published = await aPublication();
    const key = published.keys[part];
    const whole = await bytesOf(published.bucket, key);
    await published.bucket.put(key, flipped(whole, 8 * Math.floor(whole.length / 2)), {ifAbsent: false});
    const {rows} = await auditIt(published);
    const row = rows.find(({check}) => check === NAMED_BY[part]);
    said.push(`${part} → ${row?.check} ${row?.state}: ${row?.why}`);
  }
  expect(said).toMatchInlineSnapshot(`
    [
      "publication → publication fail: its bytes are those of sha256:41b8efb31f4ee7c436e9648fbce3bc0710241f0d3cac81eb46372d3fe008c5c6, not of its name",
      "attestations → signature fail: line 3: it is signed by none of the keys that were chosen",
      "sequence entry → newest fail: the entry of number 1 of tiny is damaged: $.publication is not a digest",
      "run record → record fail: the run record’s bytes are those of sha256:11fed289af4cb41f48e315644fef436a23d95a1d7887b3037d469be821bc733a, not of sha256:bb9bd9057296ca7c8917f39db4c8390e695c6230c270c68f29177c172b3e8a77",
      "receipt → receipts fail: words: its receipt in the bucket is none: the key is not that of the document",
      "blob → artifacts fail: words.out: its bytes are those of sha256:fcc2c0a346e80a201f3d36838b18ba52df482fb8086c3414e9d782efef4ebcf6",
      "manifest → artifacts fail: train.model: its manifest's bytes are those of sha256:b70fc00a15816bf592bcbbec09c094a87659098dac07dffff0dd410754334fdc",
      "pack → artifacts fail: train.model: tokenizer.json: its bytes are those of sha256:b4857058c654af4120ee522ef16ebff87c5a7a8a4ea61262aca6a5d65d85bfbe (in pack 4fa1cfbe)",
      "large file → artifacts fail: train.model: model.safetensors: its bytes are those of sha256:cd56344b01baeca6b723ee35d2d72c25c8966712d6e42f0eeadba38154cfab75",
      "pipeline file → source fail: the pipeline’s files: p.yaml: its bytes are those of sha256:2c0230ab95f1cf29dd53707b907ba3c6407df9bd86ac7a4ca91781d516233b28 (in pack cba8e086) (and 1 more)",
      "lock → source fail: the pipeline’s files: p.yaml: its bytes are those of sha256:2c0230ab95f1cf29dd53707b907ba3c6407df9bd86ac7a4ca91781d516233b28 (in pack cba8e086) (and 1 more)",
      "stage code → code fail: the code of builtin:fit: stage.yaml: its bytes are those of sha256:b1757c893dcf37b0a78a1969f8f0a826736f9cbe57179697225963412dd06df1 (in pack 7f7af3a5)",
      "SDK → code fail: the Python SDK: repro_sdk/__init__.py: its bytes are those of sha256:c4930a32596ceb4ec3f25c13b8a0a9e77c004c0176e73e06762617a44e70cf51 (in pack 1a12c1cd)",
      "pinned source → pins fail: problems: its bytes are those of sha256:bdc4a38a06d457a3d1d50977454bef656d1d973c5b1981128bcce721daabf701",
      "log → logs fail: the log of words: its bytes are those of sha256:234a7a06714b330d48f24771abc550ad1741d236e3587b123194d696e923187d (and 2 more)",
      "metrics → logs fail: the metrics of train: its bytes are those of sha256:9fc9173c2445ac0321b27c64328665b0a09230f0dbe9a8112e8c3d9db69293f2",
    ]
  `);
});

async function bytesOf(bucket: ReadableBucket, key: string): Promise<Buffer> {
  const reading = await bucket.get(key);
  if (reading === undefined) throw new Error(`nothing at ${key}`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of reading.chunks) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

/** The right bytes, and then more and more. */
function endlessly({bucket}: APublication, key: string): ReadableBucket {
  return {
    name: bucket.name,
    size: (each) => bucket.size(each),
    close: () => bucket.close(),
    async get(each, range) {
      const reading = await bucket.get(each, range);
      if (each !== key || reading === undefined) return reading;
      async function* chunks() {
        if (reading !== undefined) yield* reading.chunks;
        for (;;) yield Buffer.alloc(65_536);
      }
      return {size: reading.size, chunks: chunks()};
    },
  };
}

it('is told apart by a control that reads nothing', async () => {
  const published = await aPublication();
  const empty = new MemoryBucket();
  await expect(auditIt({...published, bucket: empty})).rejects.toThrow('there is no publication');
});
