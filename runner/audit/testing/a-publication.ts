import {createPrivateKey, createPublicKey, sign} from 'node:crypto';
import {
  attestationsKey,
  objectKey,
  publicationKey,
  receiptKey,
  sequenceKey,
} from '../../../artifacts/bucket/bucket-layout.ts';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {MemoryBucket} from '../../../artifacts/memory/memory-bucket.ts';
import {encodeReceipt} from '../../../artifacts/receipts/parse-receipt.ts';
import {canonicalJson, type Json} from '../../../schemas/canonical-json.ts';
import type {Digest} from '../../../schemas/digest.ts';
import type {Publication} from '../../../schemas/publication.ts';
import type {Receipt} from '../../../schemas/receipt.ts';
import type {RunRecord2, StageRecord} from '../../../schemas/run-record.ts';
import {encodeEnvelope, signEnvelope} from '../../attest/dsse.ts';
import {ed25519Key, type PublicKey} from '../../attest/public-key.ts';
import type {Signer} from '../../attest/signer.ts';
import {runStatement, stageStatements, statementBytes} from '../../attest/statements.ts';
import {identify} from '../../identity/key-document.ts';
import {planPublished} from '../../opening/published/plan-published.ts';
import {type Files, Filler, given, packOf} from './fill-bucket.ts';
import {FIT, JUDGE, LOCK, MODEL, PINNED, PIPELINE, WORDS} from './tiny-pipeline.ts';

/** A run that was published in every detail by the rules, small enough to spoil in every way. */
export interface APublication {
  readonly bucket: MemoryBucket;
  readonly signer: TestSigner;
  readonly digest: Digest;
  readonly publication: Publication;
  readonly record: RunRecord2;
  /** Where things are in the bucket, by what they are. */
  readonly keys: Readonly<Record<Part, string>>;
}

export const PARTS = [
  'publication',
  'attestations',
  'sequence entry',
  'run record',
  'receipt',
  'blob',
  'manifest',
  'pack',
  'large file',
  'pipeline file',
  'lock',
  'stage code',
  'SDK',
  'pinned source',
  'log',
  'metrics',
] as const;
export type Part = (typeof PARTS)[number];

export interface TestSigner extends Signer {
  readonly key: PublicKey;
}

/** PKCS8 around the 32 bytes of an Ed25519 key. */
const PKCS8 = '302e020100300506032b657004220420';

/** The same for the same name, so that what is printed of it is the same for everyone. */
export function testSigner(name = 'ada'): TestSigner {
  const der = Buffer.from(PKCS8 + digestOfBytes(name).slice(7), 'hex');
  const secret = createPrivateKey({key: der, format: 'der', type: 'pkcs8'});
  const raw = Buffer.from(createPublicKey(secret).export({format: 'jwk'}).x ?? '', 'base64url');
  const signed = (message: Uint8Array) => Uint8Array.from(sign(null, message, secret));
  return {key: ed25519Key(raw), sign: async (message) => ({ok: true, value: signed(message)})};
}

export interface Liberties {
  readonly signer?: TestSigner;
  readonly bucket?: MemoryBucket;
  readonly sequence?: number;
  readonly previous?: Digest | null;
  /** Lies of an author who signs them: the record before it is digested and signed. */
  readonly record?: (record: RunRecord2) => RunRecord2;
  readonly publication?: (publication: Publication) => Publication;
  readonly files?: Readonly<Record<string, string>>;
  /** Code of stages and the SDK, file by file. */
  readonly code?: Readonly<
    Partial<Record<'words' | 'judge' | 'fit' | 'sdk', Readonly<Record<string, string>>>>
  >;
  readonly executable?: string;
  /** What the stage `train` gave, in place of a model without a trace. */
  readonly training?: Trained;
  /** Left out of what is signed. */
  readonly withoutStatement?: string;
}

export interface Trained {
  readonly model: Files;
  readonly boundaries?: Files;
  readonly trace: string | Uint8Array | null;
  readonly metrics: string | null;
}

export async function aPublication(liberties: Liberties = {}): Promise<APublication> {
  const {signer = testSigner(), bucket = new MemoryBucket({name: 'https://bucket.example'})} = liberties;
  const fill = new Filler(bucket);
  const files: Readonly<Record<string, string> & Record<'p.yaml' | 'bare.lock.txt', string>> = {
    'p.yaml': PIPELINE,
    'bare.lock.txt': LOCK,
    'words/stage.yaml': WORDS,
    'judge/stage.yaml': JUDGE,
    ...liberties.files,
  };
  const {code = {}, executable = ''} = liberties;
  const contract = (kind: string) => given(files[`${kind}/stage.yaml`]);
  const fit = {'stage.yaml': FIT, 'main.py': 'print("fit")\n', ...code.fit};
  const words = {'stage.yaml': contract('words'), 'words.sh': 'cat inputs/problems\n', ...code.words};
  const judge = {'stage.yaml': contract('judge'), 'main.py': 'print("judge")\n', ...code.judge};
  const sdk = {'repro_sdk/__init__.py': '"""SDK"""\n', 'repro_sdk/request.py': 'x = 1\n', ...code.sdk};
  const parts = {
    files: await fill.tree(files),
    words: await fill.tree(words, [executable]),
    judge: await fill.tree(judge),
    fit: await fill.tree(fit),
    sdk: await fill.tree(sdk),
  };
  const pinned = await fill.blob(PINNED);
  const out = await fill.blob('a word\n');
  const {training} = liberties;
  const model = await fill.tree(training?.model ?? MODEL);
  const boundaries = training?.boundaries === undefined ? undefined : await fill.tree(training.boundaries);
  const log = await fill.blob('fitting…\ndone\n');
  const metrics = await fill.blob(training?.metrics ?? '{"step":1,"loss":0.5}\n');
  const trace = training?.trace == null ? null : await fill.blob(training.trace);
  const source = {
    file: 'p.yaml',
    files: parts.files,
    folders: {words: parts.words, judge: parts.judge, 'builtin:fit': parts.fit},
    sdk: parts.sdk,
  };
  const head = {
    run: 2,
    pipeline: {
      name: 'tiny',
      profile: 'default',
      params: {rate: 0.5},
      seed: 7,
      text: digestOfBytes(files['p.yaml']),
      overrides: [],
      license: 'Apache-2.0',
      authors: [{name: 'Ada'}],
      description: null,
      citation: null,
    },
    source,
    startedAt: '2026-11-24T10:00:00.000Z',
    seconds: 12.5,
    git: {commit: 'c'.repeat(40), clean: true, remote: 'https://git.example/tiny.git'},
    outcome: 'succeeded',
    stages: [],
  } as const satisfies RunRecord2;
  const planned = planPublished(head, {
    file: 'p.yaml',
    files: new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])),
    contracts: new Map([['builtin:fit', Buffer.from(given(fit['stage.yaml']))]]),
  });
  if (!planned.ok) throw new Error(planned.error);
  const results: Readonly<Record<string, Pick<Receipt, 'outputs' | 'values'>>> = {
    words: {outputs: {out}, values: {}},
    train: {outputs: {model, ...(boundaries !== undefined && {boundaries})}, values: {}},
    judge: {outputs: {}, values: {score: 0.75}},
  };
  const receipts = new Map<string, Receipt>();
  for (const stage of planned.value.plan.stages) {
    const {key, document} = identify(stage, {
      sdk: parts.sdk.digest,
      receipt: (name) => given(receipts.get(name)),
      source: () => pinned,
      code: (folder) => given(planned.value.code(folder)),
      environment: () => ({type: 'python', lock: digestOfBytes(files['bare.lock.txt']), python: '3.11.2'}),
    });
    const facts = {cpu: 'x86-64-v3', threads: '1'};
    const isTrained = training !== undefined && stage.name === 'train';
    const claim = {
      key,
      document,
      ...given(results[stage.name]),
      hardware: {digest: digestOfBytes(canonicalJson(facts)), facts},
    };
    const execution = {
      sandbox: 'bubblewrap',
      startedAt: '2026-11-24T10:00:01.000Z',
      seconds: 4,
      attempts: 1,
      resumed: 0,
      effective: null,
      metrics: stage.name === 'train' && training?.metrics !== null ? metrics.digest : null,
      log: log.digest,
      reproVersion: '0.1.0',
    } as const;
    receipts.set(
      stage.name,
      isTrained
        ? {receipt: 2, ...claim, execution: {...execution, trace: trace?.digest ?? null, interruptions: []}}
        : {receipt: 1, ...claim, execution},
    );
  }
  const stages = [...receipts].map(([name, receipt]): StageRecord => ({name, state: 'executed', receipt}));
  const record = (liberties.record ?? same)({...head, stages});
  for (const receipt of receipts.values())
    await bucket.put(receiptKey(receipt.key, receipt.hardware.digest), encodeReceipt(receipt), {
      ifAbsent: false,
    });
  const signed = await signAndPut(fill, record, signer, liberties);
  const trained = given(receipts.get('words'));
  return {
    bucket,
    signer,
    record,
    ...signed,
    keys: {
      publication: publicationKey(signed.digest),
      attestations: attestationsKey(signed.digest),
      'sequence entry': sequenceKey(signer.key.id, 'tiny', signed.publication.sequence),
      'run record': objectKey(signed.publication.run.digest),
      receipt: receiptKey(trained.key, trained.hardware.digest),
      blob: objectKey(out.digest),
      manifest: objectKey(model.digest),
      pack: packOf(MODEL),
      'large file': objectKey(digestOfBytes(MODEL['model.safetensors'] ?? '')),
      'pipeline file': packOf(files),
      lock: packOf(files),
      'stage code': packOf(fit),
      SDK: packOf(sdk),
      'pinned source': objectKey(pinned.digest),
      log: objectKey(log.digest),
      metrics: objectKey(metrics.digest),
    },
  };
}

async function signAndPut(fill: Filler, made: RunRecord2, signer: TestSigner, liberties: Liberties) {
  const run = await fill.blob(canonicalJson(made));
  // Statements list things in the order of the documents as they are read.
  const identified = {record: reread(made), digest: run.digest};
  const {record} = identified;
  const statements = stageStatements(identified);
  const document: Publication = (liberties.publication ?? same)({
    publication: 1,
    name: record.pipeline.name,
    sequence: liberties.sequence ?? 1,
    previous: liberties.previous ?? null,
    publishedAt: '2026-11-24T11:00:00.000Z',
    signer: signer.key.id,
    license: 'Apache-2.0',
    authors: [{name: 'Ada'}],
    description: null,
    citation: null as Json,
    run,
    statements: Object.fromEntries(
      [...statements].map(([name, each]) => [name, digestOfBytes(statementBytes(each))]),
    ),
  });
  const publication = reread(document);
  const bytes = Buffer.from(canonicalJson(publication));
  const digest = digestOfBytes(bytes);
  const payloads = [
    runStatement(identified, publication),
    ...[...statements].filter(([name]) => name !== liberties.withoutStatement).map(([, each]) => each),
  ].map(statementBytes);
  let lines = '';
  for (const payload of payloads) {
    const envelope = await signEnvelope('application/vnd.in-toto+json', payload, [signer]);
    if (!envelope.ok) throw new Error(envelope.error);
    lines += `${encodeEnvelope(envelope.value)}\n`;
  }
  const {bucket} = fill;
  await bucket.put(publicationKey(digest), bytes, {ifAbsent: false});
  await bucket.put(attestationsKey(digest), Buffer.from(lines), {ifAbsent: false});
  const entry = Buffer.from(canonicalJson({sequence: 1, publication: digest}));
  const {signer: id, name, sequence} = publication;
  await bucket.put(sequenceKey(id, name, sequence), entry, {ifAbsent: false});
  return {publication, digest};
}

function reread<T>(document: T): T {
  return JSON.parse(canonicalJson(document)) as T;
}

function same<T>(value: T): T {
  return value;
}
