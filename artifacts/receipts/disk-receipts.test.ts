import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import {hexOf} from '../../schemas/digest.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import type {OpenStore} from '../disk/local-store.ts';
import {receiptPath} from '../layout.ts';
import {openStore} from '../open/open-store.ts';
import {aReceipt} from '../testing/a-receipt.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {parseReceipt} from './parse-receipt.ts';

describe('a receipt file', () => {
  it('cut off anywhere is quarantined, reported once, and never used', async () => {
    const {store, receipt, file} = await withReceipt();
    const size = readFileSync(file).length;
    for (let length = 0; length < size; length += 97) {
      chmodSync(file, 0o644);
      truncateSync(file, length);
      const {receipts, damaged} = await store.receipts.lookup(receipt.key);
      expect({receipts, files: damaged.map((each) => each.file)}).toEqual({receipts: [], files: [file]});
      expect(existsSync(file)).toBe(false);
      expect(await store.receipts.lookup(receipt.key)).toEqual({receipts: [], damaged: []});
      expect(await store.receipts.put(receipt)).toEqual({state: 'stored', receipt});
    }
    expect(readdirSync(store.layout.quarantine).length).toBeGreaterThan(10);
  });

  it('that is damaged when the stage runs again makes way', async () => {
    const {store, receipt, file} = await withReceipt();
    overwrite(file, '{}');
    expect(await store.receipts.put(receipt)).toEqual({state: 'stored', receipt});
    expect((await store.receipts.lookup(receipt.key)).receipts).toEqual([receipt]);
  });

  it('that belongs elsewhere is none here', async () => {
    const {store, receipt, file} = await withReceipt();
    const other = aReceipt(receipt.outputs, {kind: 'sft'});
    overwrite(file, canonicalJson(other));
    const {receipts, damaged} = await store.receipts.lookup(receipt.key);
    expect({receipts, why: damaged[0]?.why}).toEqual({receipts: [], why: 'it is the receipt of another key'});
  });

  it('that is a link is none, and strangers beside it do no harm', async () => {
    const {store, receipt, file} = await withReceipt();
    symlinkSync(file, join(dirname(file), `${hexOf(receipt.key)}.${'0'.repeat(64)}.json`));
    writeFileSync(join(dirname(file), `${hexOf(receipt.key)}.note.txt`), 'hello');
    const {receipts, damaged} = await store.receipts.lookup(receipt.key);
    expect(receipts).toEqual([receipt]);
    expect(damaged).toHaveLength(2);
  });

  it('is canonical JSON under its key and class', async () => {
    const {receipt, file} = await withReceipt();
    expect(readFileSync(file, 'utf8')).toBe(canonicalJson(receipt));
  });
});

describe('parsing', () => {
  const receipt = aReceipt({});
  const spoilings: Readonly<Record<string, unknown>> = {
    'an unknown member': {...receipt, note: 1},
    'a missing member': {...receipt, values: undefined},
    'another format': {...receipt, receipt: 4},
    'a format that it is not of': {...receipt, receipt: 2},
    'a newer format that it is not of': {...receipt, receipt: 3},
    'a forged key': {...receipt, key: receipt.hardware.digest},
    'a forged document': {...receipt, document: {...receipt.document, command: ['true']}},
    'a forged class': {...receipt, hardware: {...receipt.hardware, facts: {cpu: 'other'}}},
    'an output that is neither blob nor tree': {
      ...receipt,
      outputs: {x: {type: 'link', digest: receipt.key}},
    },
    'an output with a short digest': {...receipt, outputs: {x: {type: 'blob', digest: 'sha256:00', size: 1}}},
    'a time that is not one': {...receipt, execution: {...receipt.execution, startedAt: 'yesterday'}},
    'an unknown sandbox': {...receipt, execution: {...receipt.execution, sandbox: 'trust me'}},
    'a list': [receipt],
    nothing: null,
  };

  it.each(Object.entries(spoilings))('refuses %s', (_, spoilt) => {
    expect(parseReceipt(Buffer.from(JSON.stringify(sorted(spoilt))))).toMatchObject({ok: false});
  });

  it('reads every format that was ever written', () => {
    const {execution} = receipt;
    const second = {...execution, trace: null, interruptions: []};
    const formats = [
      receipt,
      {...receipt, receipt: 2, execution: second},
      {...receipt, receipt: 3, execution: {...second, memory: 'watched'}},
    ];
    for (const format of formats)
      expect(parseReceipt(Buffer.from(canonicalJson(format)))).toEqual({ok: true, value: format});
    const vague = {...receipt, receipt: 3, execution: {...second, memory: 'perhaps'}};
    expect(parseReceipt(Buffer.from(canonicalJson(vague)))).toMatchObject({ok: false});
  });

  it('refuses a second spelling of the same receipt', () => {
    const text = canonicalJson(receipt);
    for (const spelling of [
      `${text}\n`,
      ` ${text}`,
      JSON.stringify(receipt),
      text.replace('12.5', '12.50'),
    ]) {
      expect(parseReceipt(Buffer.from(spelling))).toMatchObject({ok: false});
    }
    expect(parseReceipt(Buffer.from(text))).toEqual({ok: true, value: receipt});
  });

  it('says what is wrong and where', () => {
    const spoilt = {...receipt, document: {...receipt.document, contract: {OMP_NUM_THREADS: 1}}};
    expect(parseReceipt(Buffer.from(canonicalJson(spoilt)))).toMatchInlineSnapshot(`
      {
        "error": "$.document.contract.OMP_NUM_THREADS is not text",
        "ok": false,
      }
    `);
  });
});

/** In canonical order, so that only the content is what is refused. */
function sorted(value: unknown): unknown {
  return JSON.parse(canonicalJson(JSON.parse(JSON.stringify(value))));
}

function overwrite(file: string, text: string): void {
  chmodSync(file, 0o644);
  writeFileSync(file, text);
}

async function withReceipt(): Promise<{
  readonly store: OpenStore;
  readonly receipt: Receipt;
  readonly file: string;
}> {
  const store = await openStore({directory: temporaryDirectory(), owner: 'boot.1.2'});
  const receipt = aReceipt({model: await store.artifacts.write(Buffer.from('model'))});
  await store.receipts.put(receipt);
  return {store, receipt, file: receiptPath(store.layout, receipt.key, receipt.hardware.digest)};
}
