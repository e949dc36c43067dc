import {createHash, verify} from 'node:crypto';
import {type Ed25519Key, keyObject, type PublicKey, sshBlob} from './public-key.ts';
import {SshReader, sshString} from './ssh-wire.ts';

/** What our SSH signatures are for, so that none made for something else (a git commit, a login) is one of ours. */
export const SSH_NAMESPACE = 'repro-attestation-v1';

const MAGIC = 'SSHSIG';
const HASHES: ReadonlySet<string> = new Set(['sha256', 'sha512']);

/** An SSH signature (OpenSSH, PROTOCOL.sshsig), taken apart. */
export interface SshSignature {
  /** The signer's key as SSH writes it. Whoever signed chose it: it must be one that is trusted. */
  readonly publicKey: Uint8Array;
  readonly hash: string;
  readonly type: string;
  readonly signature: Uint8Array;
}

export function isSshSignature(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).toString('latin1', 0, MAGIC.length) === MAGIC;
}

/** Strict: our namespace, version 1, a known hash, nothing before, between or after. */
export function parseSshSignature(bytes: Uint8Array): SshSignature | undefined {
  const reader = new SshReader(bytes);
  if (reader.take(MAGIC.length)?.toString('latin1') !== MAGIC || reader.number() !== 1) return undefined;
  const publicKey = reader.string();
  const namespace = reader.text();
  const reserved = reader.text();
  const hash = reader.text();
  const inner = reader.string();
  if (publicKey === undefined || inner === undefined || hash === undefined || !reader.isAtEnd)
    return undefined;
  if (namespace !== SSH_NAMESPACE || reserved !== '' || !HASHES.has(hash)) return undefined;
  const parts = new SshReader(inner);
  const type = parts.text();
  const signature = parts.string();
  return type === undefined || signature === undefined ? undefined : {publicKey, hash, type, signature};
}

/** Whether a parsed signature claims to be by this key. */
export function isBy(signature: SshSignature, key: PublicKey): boolean {
  return Buffer.from(sshBlob(key)).equals(signature.publicKey);
}

export function verifySshEd25519(signature: SshSignature, message: Uint8Array, key: Ed25519Key): boolean {
  if (signature.type !== 'ssh-ed25519' || signature.signature.length !== 64) return false;
  return verify(null, signedBytes(signature.hash, message), keyObject(key.raw), signature.signature);
}

function signedBytes(hash: string, message: Uint8Array): Uint8Array {
  const digest = createHash(hash).update(message).digest();
  return Buffer.concat([
    Buffer.from(MAGIC),
    sshString(SSH_NAMESPACE),
    sshString(''),
    sshString(hash),
    sshString(digest),
  ]);
}

const BEGIN = '-----BEGIN SSH SIGNATURE-----';
const END = '-----END SSH SIGNATURE-----';

/** The bytes in the text that ssh-keygen prints. */
export function fromArmor(text: string): Uint8Array | undefined {
  const lines = text.trim().split('\n');
  if (lines[0] !== BEGIN || lines.at(-1) !== END) return undefined;
  return Buffer.from(lines.slice(1, -1).join(''), 'base64');
}

export function toArmor(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,70}/g) ?? [];
  return `${[BEGIN, ...lines, END].join('\n')}\n`;
}
