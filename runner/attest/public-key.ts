import {createHash, createPublicKey, type KeyObject} from 'node:crypto';
import {err, ok, type Result} from '../../schemas/result.ts';
import {fromBase64, toBase64} from './base64.ts';
import {SshReader, sshString} from './ssh-wire.ts';

/**
 * Whom a signature is from. There is one id for a key, everywhere (documents, paths, envelopes): 64 hexadecimal
 * digits. For Ed25519 it is the SHA-256 of the key's SubjectPublicKeyInfo in DER, whether the key came as
 * `ed25519:…` or as an SSH key; for other SSH keys that of the key as SSH writes it.
 */
export type PublicKey = Ed25519Key | OtherSshKey;

export interface Ed25519Key {
  readonly type: 'ed25519';
  readonly id: string;
  /** As people pass it on: `ed25519:…`, or `ssh-ed25519 …` for a key of that origin. */
  readonly text: string;
  readonly raw: Uint8Array;
}

/** RSA, ECDSA, hardware keys: verified by ssh-keygen. */
export interface OtherSshKey {
  readonly type: 'ssh';
  readonly id: string;
  readonly text: string;
  readonly blob: Uint8Array;
}

const SSH_TYPE = /^(ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+$/;
const SSH_ED25519 = 'ssh-ed25519';

/** Reads `ed25519:<base64>` and lines of SSH public key files. */
export function parsePublicKey(text: string): Result<PublicKey, string> {
  const [first = '', second] = text.trim().split(/\s+/);
  if (first.startsWith('ed25519:')) return parseRaw(first.slice('ed25519:'.length), second);
  if (SSH_TYPE.test(first)) return parseSsh(first, second ?? '');
  return err('not a public key: expected ed25519:… or a line such as ssh-ed25519 AAAA…');
}

function parseRaw(base64: string, rest: string | undefined): Result<PublicKey, string> {
  const raw = fromBase64(base64);
  if (raw?.length !== 32 || rest !== undefined) return err('ed25519: is followed by 32 bytes in base64');
  return ok(ed25519Key(raw));
}

function parseSsh(type: string, base64: string): Result<PublicKey, string> {
  const blob = fromBase64(base64);
  if (blob === undefined) return err(`${type} is followed by the key in base64`);
  const reader = new SshReader(blob);
  if (reader.text() !== type) return err(`the key says that it is of another type than ${type}`);
  const text = `${type} ${base64}`;
  if (type !== SSH_ED25519) return ok({type: 'ssh', id: sha256(blob), text, blob});
  const raw = reader.string();
  if (raw?.length !== 32 || !reader.isAtEnd) return err('not 32 bytes, which an Ed25519 key has');
  return ok({...ed25519Key(raw), text});
}

export function ed25519Key(raw: Uint8Array): Ed25519Key {
  const id = sha256(keyObject(raw).export({type: 'spki', format: 'der'}));
  return {type: 'ed25519', id, text: `ed25519:${toBase64(raw)}`, raw};
}

/** What node:crypto verifies with. */
export function keyObject(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw).toString('base64url');
  return createPublicKey({key: {kty: 'OKP', crv: 'Ed25519', x}, format: 'jwk'});
}

/** The key as SSH writes it, which an SSH signature holds. */
export function sshBlob(key: PublicKey): Uint8Array {
  return key.type === 'ssh' ? key.blob : Buffer.concat([sshString(SSH_ED25519), sshString(key.raw)]);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
