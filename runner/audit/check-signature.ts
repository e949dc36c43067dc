import {type Digest, hexOf} from '../../schemas/digest.ts';
import type {Publication} from '../../schemas/publication.ts';
import {strictJson} from '../../schemas/strict-json.ts';
import {type Envelope, verifyEnvelope} from '../attest/dsse.ts';
import {parsePublicKey} from '../attest/public-key.ts';
import type {TrustedKey} from '../attest/signer.ts';
import {plural} from '../words/quantity-text.ts';
import {type AuditRow, fail, notChecked, pass} from './row.ts';

/** The keys that an auditor believes, and how they were chosen. */
export interface ChosenKeys {
  readonly keys: readonly TrustedKey[];
  /** With --key, for this audit: that none of them signed is a fault. */
  readonly explicit: boolean;
}

export interface SignatureJudgement {
  readonly row: AuditRow;
  /** Whether the signer that the publication names is one of those who signed, and were chosen. */
  readonly vouched: boolean;
}

export interface SignedPublication {
  readonly digest: Digest;
  readonly publication: Publication;
  readonly envelopes: readonly Envelope[];
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Verifies every envelope with the keys that the auditor chose. One that the publication brings along vouches for
 * nobody; but where it does not even fit that, it is signed by nobody.
 */
export async function checkSignature(
  signed: SignedPublication,
  chosen: ChosenKeys,
  variables: Variables,
): Promise<SignatureJudgement> {
  const judged = await judgeWith(signed, chosen, variables);
  if (judged.row.state !== 'not-checked') return judged;
  const own = await checkOwnKey(signed, variables);
  if (own === undefined) return judged;
  if (own.row.state === 'fail') return own;
  const {row} = judged;
  const brings = `${row.why}; it fits the key that it brings (${signed.publication.signer.slice(0, 16)})`;
  return {row: notChecked('signature', brings, row.help), vouched: false};
}

/** By the key that the publication brings along, which is its signer's; undefined where it brings none. */
export async function checkOwnKey(
  signed: SignedPublication,
  variables: Variables,
): Promise<SignatureJudgement | undefined> {
  const {publication} = signed;
  if (publication.publication === 1) return undefined;
  const key = parsePublicKey(publication.key);
  // Told when the document was read.
  if (!key.ok) return wrong(key.error);
  return judgeWith(signed, {keys: [{name: 'its own key', key: key.value}], explicit: true}, variables);
}

async function judgeWith(
  signed: SignedPublication,
  chosen: ChosenKeys,
  variables: Variables,
): Promise<SignatureJudgement> {
  const {publication, envelopes} = signed;
  if (chosen.keys.length === 0)
    return unknownSigner(publication, 'you have not chosen a key to check it with');
  let everywhere: readonly TrustedKey[] = chosen.keys;
  let named = false;
  for (const [at, envelope] of envelopes.entries()) {
    const verified = await verifyEnvelope(envelope, chosen.keys, variables);
    if (!verified.ok) return unverified(publication, chosen, `line ${at + 1}: ${verified.error}`);
    const {signers, payload} = verified.value;
    const ids = new Set(envelope.signatures.map(({keyid}) => keyid));
    const misnamed = signers.find(({key}) => !ids.has(key.id));
    if (misnamed !== undefined)
      return wrong(`line ${at + 1} of its attestations names another key than ${misnamed.name}, whose it is`);
    everywhere = everywhere.filter(({key}) => signers.some((signer) => signer.key.id === key.id));
    named ||= namesIt(payload, signed.digest);
  }
  if (!named) return wrong('it is signed, but nothing that is signed names this publication');
  if (everywhere.length === 0) return wrong('no one of the chosen keys signed all of it');
  const who = everywhere.map(({name, key}) => `${name} (${key.id.slice(0, 16)})`).join(' and ');
  const vouched = everywhere.some(({key}) => key.id === publication.signer);
  const aside = vouched
    ? ''
    : `; the signer that it names, ${publication.signer.slice(0, 16)}, you did not choose`;
  return {
    row: pass('signature', `${plural(envelopes.length, 'envelope')} signed by ${who}${aside}`),
    vouched,
  };
}

function unverified(publication: Publication, chosen: ChosenKeys, why: string): SignatureJudgement {
  const isKnown = chosen.keys.some(({key}) => key.id === publication.signer);
  if (isKnown || chosen.explicit) return wrong(why);
  return unknownSigner(publication, 'it is signed by none of the keys that you trust');
}

function unknownSigner({signer}: Publication, why: string): SignatureJudgement {
  const help = `get the author’s key by a way you trust, then --key KEY, or repro keys trust KEY; its id is ${signer}`;
  return {row: notChecked('signature', why, help), vouched: false};
}

function wrong(why: string): SignatureJudgement {
  return {row: fail('signature', [why]), vouched: false};
}

/** Of verified bytes only. */
function namesIt(payload: Uint8Array, publication: Digest): boolean {
  const json = strictJson(payload);
  if (!json.ok || typeof json.value !== 'object' || json.value === null || !('subject' in json.value))
    return false;
  const {subject} = json.value;
  return Array.isArray(subject) && subject.some((each: unknown) => isSubject(each, hexOf(publication)));
}

function isSubject(value: unknown, hex: string): boolean {
  const {name, digest} = (value ?? {}) as {
    readonly name?: unknown;
    readonly digest?: {readonly sha256?: unknown};
  };
  return name === 'publication.json' && digest?.sha256 === hex;
}
