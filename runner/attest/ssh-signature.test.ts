import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it, type TestContext} from 'vitest';
import {findProgram} from '../executors/find-program.ts';
import {type Envelope, preAuthenticationEncoding, signEnvelope, verifyEnvelope} from './dsse.ts';
import {ed25519Key, type PublicKey, parsePublicKey} from './public-key.ts';
import type {Signer} from './signer.ts';
import {sshSigner} from './ssh-keygen.ts';
import {fromArmor, parseSshSignature, SSH_NAMESPACE, toArmor} from './ssh-signature.ts';

const PATH = process.env.PATH ?? '';
const VARIABLES = {PATH};
const MESSAGE = Buffer.from('what was found');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'repro-ssh-'));
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

function needsSshKeygen(context: TestContext): void {
  context.skip(findProgram('ssh-keygen', PATH) === undefined, 'NOT TESTED: no ssh-keygen on the PATH');
}

describe('signing with an SSH key', () => {
  it('an Ed25519 key signs by ssh-keygen and is verified without it', async (context) => {
    needsSshKeygen(context);
    const signer = await makeSigner('ed25519');
    const envelope = await envelopeBy(signer);
    expect(await signersOf(envelope, signer.key, {})).toEqual(['ada']);
    // The same key, written our way.
    const raw = signer.key.type === 'ed25519' ? signer.key.raw : MESSAGE;
    const ours = ed25519Key(raw);
    expect(ours.id).toBe(signer.key.id);
    expect(await signersOf(envelope, ours, {})).toEqual(['ada']);
    expect(await signersOf({...envelope, payload: Buffer.from('other')}, ours, {})).toEqual([]);
    expect(await signersOf(envelope, (await makeSigner('ed25519', 'other')).key, {})).toEqual([]);
  });

  it.for(['rsa', 'ecdsa'] as const)('an %s key is verified by ssh-keygen', async (type, context) => {
    needsSshKeygen(context);
    const signer = await makeSigner(type, type);
    expect(signer.key.type).toBe('ssh');
    const envelope = await envelopeBy(signer);
    expect(await signersOf(envelope, signer.key, VARIABLES)).toEqual(['ada']);
    expect(await signersOf({...envelope, payload: Buffer.from('other')}, signer.key, VARIABLES)).toEqual([]);
    expect(await signersOf(envelope, (await makeSigner(type, `${type}2`)).key, VARIABLES)).toEqual([]);
  });

  it('what is in an envelope, ssh-keygen itself can check', async (context) => {
    needsSshKeygen(context);
    const envelope = await envelopeBy(await makeSigner('ed25519', 'agrees'));
    const sig = envelope.signatures[0]?.sig ?? MESSAGE;
    expect(parseSshSignature(sig)).toMatchObject({hash: 'sha512', type: 'ssh-ed25519'});
    writeFileSync(join(folder, 'sig'), toArmor(sig));
    const check = ['-Y', 'check-novalidate', '-n', SSH_NAMESPACE, '-s', 'sig'];
    const input = preAuthenticationEncoding(envelope.payloadType, MESSAGE);
    const told = execFileSync('ssh-keygen', check, {cwd: folder, input}).toString();
    expect(told).toMatch(/^Good "repro-attestation-v1" signature with ED25519 key SHA256:/);
  });

  it('a signature that was made for something else is none of ours', async (context) => {
    needsSshKeygen(context);
    const signer = await makeSigner('ed25519', 'git');
    const message = preAuthenticationEncoding('t', MESSAGE);
    const armored = execFileSync('ssh-keygen', ['-Y', 'sign', '-q', '-f', 'git', '-n', 'git'], {
      cwd: folder,
      input: message,
    });
    const sig = fromArmor(armored.toString()) ?? MESSAGE;
    expect(parseSshSignature(sig)).toBeUndefined();
    const envelope = {payloadType: 't', payload: MESSAGE, signatures: [{keyid: '', sig}]};
    expect(await signersOf(envelope, signer.key, VARIABLES)).toEqual([]);
  });

  it('no flipped bit and no byte more or less is taken for a signature', async (context) => {
    needsSshKeygen(context);
    const signer = await makeSigner('ed25519', 'flips');
    const envelope = await envelopeBy(signer);
    const sig = envelope.signatures[0]?.sig ?? MESSAGE;
    let accepted = 0;
    for (let bit = 0; bit < sig.length * 8; bit++) {
      const flipped = Buffer.from(sig);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const changed = {...envelope, signatures: [{keyid: '', sig: flipped}]};
      accepted += (await signersOf(changed, signer.key, {})).length;
    }
    for (const changed of [Buffer.concat([sig, Buffer.of(0)]), sig.subarray(0, -1), sig.subarray(1)]) {
      accepted += (await signersOf({...envelope, signatures: [{keyid: '', sig: changed}]}, signer.key, {}))
        .length;
    }
    expect(accepted).toBe(0);
    expect(sig.length).toBeGreaterThan(150);
  });

  it('an agent signs for a key of which only the public half is here', async (context) => {
    needsSshKeygen(context);
    context.skip(findProgram('ssh-agent', PATH) === undefined, 'NOT TESTED: no ssh-agent on the PATH');
    await makeSigner('ed25519', 'held');
    const socket = join(folder, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], {stdio: 'ignore'});
    try {
      while (!existsSync(socket)) await new Promise((then) => setTimeout(then, 5));
      const variables = {...VARIABLES, SSH_AUTH_SOCK: socket};
      execFileSync('ssh-add', ['-q', 'held'], {cwd: folder, env: variables});
      rmSync(join(folder, 'held'));
      const signer = await sshSigner(join(folder, 'held.pub'), variables);
      if (!signer.ok) throw new Error(signer.error);
      expect(await signersOf(await envelopeBy(signer.value), signer.value.key, {})).toEqual(['ada']);
    } finally {
      agent.kill();
    }
  });

  it('says what ssh-keygen said when it can not sign', async (context) => {
    needsSshKeygen(context);
    expect(await sshSigner(join(folder, 'absent'), VARIABLES)).toMatchObject({ok: false});
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'passphrase', '-f', 'locked'], {cwd: folder});
    const locked = await sshSigner(join(folder, 'locked'), {
      ...VARIABLES,
      SSH_ASKPASS: '/bin/false',
      SSH_ASKPASS_REQUIRE: 'force',
    });
    if (!locked.ok) throw new Error(locked.error);
    const signed = await locked.value.sign(MESSAGE);
    expect(signed).toMatchObject({
      ok: false,
      error: expect.stringMatching(/^ssh-keygen could not sign with .*locked: /),
    });
  });
});

async function makeSigner(type: 'ed25519' | 'rsa' | 'ecdsa', name = 'key'): Promise<Signer> {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'ada@example', '-f', name], {cwd: folder});
  const signer = await sshSigner(join(folder, name), VARIABLES);
  if (!signer.ok) throw new Error(signer.error);
  const read = parsePublicKey(readFileSync(join(folder, `${name}.pub`), 'utf8'));
  expect(read).toMatchObject({ok: true, value: {id: signer.value.key.id}});
  return signer.value;
}

async function envelopeBy(signer: Signer): Promise<Envelope> {
  const signed = await signEnvelope('t', MESSAGE, [signer]);
  if (!signed.ok) throw new Error(signed.error);
  return signed.value;
}

async function signersOf(envelope: Envelope, key: PublicKey, variables: Readonly<Record<string, string>>) {
  const verified = await verifyEnvelope(envelope, [{name: 'ada', key}], variables);
  return verified.ok ? verified.value.signers.map(({name}) => name) : [];
}
