import {type Digest, hexOf} from '../../schemas/digest.ts';

/**
 * What is where in a bucket, format 1; keys only. Objects and receipts lie as on disk, so that a store's folder
 * copied into a bucket by any tool is one, and `curl URL | sha256sum` checks an object.
 */
export function objectKey(digest: Digest): string {
  const hex = hexOf(digest);
  return `objects/v1/${hex.slice(0, 2)}/${hex}`;
}

/** Many small objects in one: see packs.ts. */
export function packKey(pack: Digest): string {
  const hex = hexOf(pack);
  return `packs/v1/${hex.slice(0, 2)}/${hex}`;
}

export function receiptKey(key: Digest, hardwareClass: Digest): string {
  return `receipts/v1/${hexOf(key).slice(0, 2)}/${hexOf(key)}.${hexOf(hardwareClass)}.json`;
}

/** Everything of one key. */
export function receiptPrefix(key: Digest): string {
  return `receipts/v1/${hexOf(key).slice(0, 2)}/${hexOf(key)}.`;
}

/** What an author published of a run (schemas/publication.ts), and its signatures: one DSSE envelope a line. */
export function publicationKey(publication: Digest): string {
  return `publications/v1/${hexOf(publication)}/publication.json`;
}

export function attestationsKey(publication: Digest): string {
  return `publications/v1/${hexOf(publication)}/attestations.intoto.jsonl`;
}

/** The n-th publication of a name by one signer: a small JSON, written once, only if absent. */
export function sequenceKey(signer: string, name: string, sequence: number): string {
  return `names/v1/${signer}/${name}/${String(sequence).padStart(8, '0')}.json`;
}

/** The n-th replay of a publication that somebody signed and added: numbered from 1, without gaps, none ever replaced. */
export function replayKey(publication: Digest, number: number): string {
  const name = String(number).padStart(8, '0');
  return `publications/v1/${hexOf(publication)}/replays/${name}.intoto.jsonl`;
}
