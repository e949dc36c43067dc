import {verify} from 'node:crypto';
import type {Json} from '../../schemas/canonical-json.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {strictJson} from '../../schemas/strict-json.ts';
import {fromBase64, toBase64} from './base64.ts';
import {keyObject, type PublicKey} from './public-key.ts';
import type {Signer, TrustedKey} from './signer.ts';
import {type SshVariables, verifyBySshKeygen} from './ssh-keygen.ts';
import {isBy, isSshSignature, parseSshSignature, verifySshEd25519} from './ssh-signature.ts';

/** Signed bytes (Dead Simple Signing Envelope, v1): what was signed is what is inside, to the byte. */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signatures: readonly EnvelopeSignature[];
}

export interface EnvelopeSignature {
  /** A hint, which anyone may have written: nothing is ever decided by it. */
  readonly keyid: string;
  readonly sig: Uint8Array;
}

export interface Verified {
  readonly payloadType: string;
  /** The bytes that were verified. Read these, and never the envelope again. */
  readonly payload: Uint8Array;
  /** Each key once, however often it signed. */
  readonly signers: readonly TrustedKey[];
}

/** Of one line of a bundle. A run of ten thousand stages has a statement of two megabytes. */
const ENVELOPE_LIMIT = 64 * 2 ** 20;
const MOST_SIGNATURES = 32;

/** Pre-authentication encoding: what is signed. It binds the type, and two messages can't have one encoding. */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType);
  const head = `DSSEv1 ${type.length} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

export async function signEnvelope(
  payloadType: string,
  payload: Uint8Array,
  signers: readonly Signer[],
): Promise<Result<Envelope, string>> {
  const message = preAuthenticationEncoding(payloadType, payload);
  const signatures: EnvelopeSignature[] = [];
  for (const signer of signers) {
    const sig = await signer.sign(message);
    if (!sig.ok) return sig;
    signatures.push({keyid: signer.key.id, sig: sig.value});
  }
  return ok({payloadType, payload, signatures});
}

/** Which of `trusted` signed it; an error in words when none did. `variables` are for ssh-keygen. */
export async function verifyEnvelope(
  {payloadType, payload, signatures}: Envelope,
  trusted: readonly TrustedKey[],
  variables: SshVariables,
): Promise<Result<Verified, string>> {
  const message = preAuthenticationEncoding(payloadType, payload);
  const signers = new Map<string, TrustedKey>();
  for (const {sig} of signatures) {
    for (const candidate of trusted) {
      const {id} = candidate.key;
      if (!signers.has(id) && (await isSignedBy(candidate.key, sig, message, variables)))
        signers.set(id, candidate);
    }
  }
  if (signers.size > 0) return ok({payloadType, payload, signers: [...signers.values()]});
  if (trusted.length === 0) return err('no key was chosen to check it with');
  return err('it is signed by none of the keys that were chosen');
}

async function isSignedBy(
  key: PublicKey,
  sig: Uint8Array,
  message: Uint8Array,
  variables: SshVariables,
): Promise<boolean> {
  if (!isSshSignature(sig) || sig.length === 64) {
    return key.type === 'ed25519' && sig.length === 64 && verify(null, message, keyObject(key.raw), sig);
  }
  const signature = parseSshSignature(sig);
  if (signature === undefined || !isBy(signature, key)) return false;
  return key.type === 'ed25519'
    ? verifySshEd25519(signature, message, key)
    : verifyBySshKeygen(sig, message, key, variables);
}

/** One line, without its end. */
export function encodeEnvelope({payloadType, payload, signatures}: Envelope): string {
  return JSON.stringify({
    payload: toBase64(payload),
    payloadType,
    signatures: signatures.map(({keyid, sig}) => ({keyid, sig: toBase64(sig)})),
  });
}

export function parseEnvelope(bytes: Uint8Array): Result<Envelope, string> {
  if (bytes.length > ENVELOPE_LIMIT) return err('larger than an envelope may be');
  const json = strictJson(bytes);
  if (!json.ok) return json;
  const fields = fieldsOf(json.value, ['payload', 'payloadType', 'signatures']);
  if (fields === undefined) return err('not an envelope: it has other fields');
  const {payload: written, payloadType, signatures: listed} = fields;
  const payload = typeof written === 'string' ? fromBase64(written) : undefined;
  if (payload === undefined) return err('its payload is not base64');
  if (typeof payloadType !== 'string') return err('its payloadType is not text');
  const signatures = parseSignatures(listed);
  return signatures === undefined
    ? err('its signatures are malformed')
    : ok({payloadType, payload, signatures});
}

function parseSignatures(listed: Json | undefined): readonly EnvelopeSignature[] | undefined {
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > MOST_SIGNATURES) return undefined;
  const parsed = listed.map(parseSignature);
  return parsed.every((one) => one !== undefined) ? parsed : undefined;
}

function parseSignature(value: Json): EnvelopeSignature | undefined {
  const fields = fieldsOf(value, ['keyid', 'sig']) ?? fieldsOf(value, ['sig']);
  const {keyid = '', sig: written} = fields ?? {};
  const sig = typeof written === 'string' ? fromBase64(written) : undefined;
  return sig === undefined || typeof keyid !== 'string' ? undefined : {keyid, sig};
}

/** Exactly these, so that two readers of an envelope can't be told two things. */
function fieldsOf(value: Json, names: readonly string[]): Readonly<Record<string, Json>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const found = Object.keys(value);
  const exact = found.length === names.length && names.every((name) => Object.hasOwn(value, name));
  return exact ? (value as Readonly<Record<string, Json>>) : undefined;
}
