import {sign} from 'node:crypto';
import {describe, expect, it} from 'vitest';
import {replayKey} from '../../artifacts/bucket/bucket-layout.ts';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {MemoryBucket} from '../../artifacts/memory/memory-bucket.ts';
import {drawnKey} from '../../artifacts/testing/drawn-key.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import {STATEMENT_PAYLOAD} from '../../schemas/statement.ts';
import type {ReplayReport, StageVerdict} from '../../schemas/verdict.ts';
import {encodeEnvelope, signEnvelope} from '../attest/dsse.ts';
import {ed25519Key} from '../attest/public-key.ts';
import {replayStatement} from '../attest/replay-statement.ts';
import type {Signer, TrustedKey} from '../attest/signer.ts';
import {checkReplays} from './check-replays.ts';

const PUBLICATION = digestOfBytes('publication');
const RUN = digestOfBytes('run');

interface TestSigner {
  readonly signer: Signer;
  readonly trusted: TrustedKey;
}

function signerOf(name: string): TestSigner {
  const {publicKey, privateKey} = drawnKey(name);
  const key = ed25519Key(Buffer.from(publicKey.export({format: 'jwk'}).x ?? '', 'base64url'));
  return {
    signer: {key, sign: async (bytes) => ({ok: true, value: sign(null, bytes, privateKey)})},
    trusted: {name, key},
  };
}

const [ada, grace] = [signerOf('ada'), signerOf('grace')];

function report(stages: readonly Partial<StageVerdict>[], run = RUN): ReplayReport {
  return {
    replay: 1,
    run,
    pipeline: 'tiny',
    chained: false,
    startedAt: '2026-01-02T03:04:05Z',
    seconds: 1,
    reproVersion: '0.2.0',
    sandbox: 'bubblewrap',
    facts: {'cpu.level': 'x86-64-v3 (portable)'},
    stages: stages as readonly StageVerdict[],
  };
}

const about = {key: null, recorded: null, found: null, seconds: 1, anotherClass: false};
const exact = (stage: string) => ({stage, verdict: 'exact' as const, compared: ['outputs.x'], ...about});
const different = (stage: string) => ({
  stage,
  verdict: 'different' as const,
  compared: ['outputs.x'],
  differing: ['outputs.x'],
  ...about,
});

async function add(bucket: MemoryBucket, number: number, {signer}: TestSigner, found: ReplayReport) {
  const payload = Buffer.from(canonicalJson(replayStatement(found)));
  const envelope = await signEnvelope(STATEMENT_PAYLOAD, payload, [signer]);
  if (!envelope.ok) throw new Error(envelope.error);
  const line = `${encodeEnvelope(envelope.value)}\n`;
  await bucket.put(replayKey(PUBLICATION, number), Buffer.from(line), {ifAbsent: true});
}

function ask(bucket: MemoryBucket, ...trusted: readonly TestSigner[]) {
  const keys = trusted.map(({trusted}) => trusted);
  return checkReplays({bucket, publication: PUBLICATION, run: RUN, keys, variables: {}});
}

describe('replays that others signed', () => {
  it('count when a chosen key signed them', async () => {
    const bucket = new MemoryBucket();
    expect(await ask(bucket, ada)).toMatchObject({state: 'not-checked', why: 'nobody has added one'});
    await add(bucket, 1, ada, report([exact('a'), exact('b')]));
    await add(bucket, 2, grace, report([exact('a')]));
    expect((await ask(bucket, ada, grace)).why).toMatchInlineSnapshot(
      `"ada agrees on 2 of 2 stages (cpu.level x86-64-v3 (portable)); grace agrees on 1 of 1 stages (cpu.level x86-64-v3 (portable))"`,
    );
    expect((await ask(bucket, grace)).why).toMatchInlineSnapshot(
      `"grace agrees on 1 of 1 stages (cpu.level x86-64-v3 (portable)); 1 other by keys that you have not chosen"`,
    );
    expect(await ask(bucket)).toMatchObject({
      state: 'not-checked',
      why: '2 replays by keys that you have not chosen',
    });
  });

  it('speak against the run when one of them found other bits on the same hardware', async () => {
    const bucket = new MemoryBucket();
    await add(bucket, 1, ada, report([exact('a'), different('b')]));
    expect(await ask(bucket, ada)).toMatchObject({
      state: 'fail',
      why: 'ada ran b again on the same class of hardware, and got other outputs.x',
    });
    expect((await ask(bucket, grace)).state).toBe('not-checked');
  });

  it('are of this run and no other, unchanged, and one statement has one meaning', async () => {
    const bucket = new MemoryBucket();
    await add(bucket, 1, ada, report([exact('a')], digestOfBytes('another run')));
    await bucket.put(replayKey(PUBLICATION, 2), Buffer.from('{"payload": 1}\n'), {ifAbsent: true});
    expect(await ask(bucket, ada)).toMatchObject({
      state: 'not-checked',
      why: '2 replays by keys that you have not chosen',
    });
  });

  it('have the shape of a report, whoever signed them', async () => {
    const bucket = new MemoryBucket();
    const lie = {...report([exact('a')]), facts: null} as unknown as ReplayReport;
    await add(bucket, 1, ada, lie);
    expect(await ask(bucket, ada)).toMatchObject({
      state: 'not-checked',
      why: '1 replay by keys that you have not chosen',
    });
  });
});
