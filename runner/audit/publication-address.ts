import {type Digest, digestFromHex} from '../../schemas/digest.ts';
import {isName} from '../../schemas/names.ts';

/** What somebody sent: where the bucket is, and which publication in it is meant. */
export interface PublicationAddress {
  /** As the bucket is named: `https://host/prefix`, `s3://bucket/prefix`, a folder. */
  readonly bucket: string;
  readonly wanted: WantedPublication;
}

export type WantedPublication =
  /** This one and no other: what it says can't be replaced. */
  | {readonly by: 'digest'; readonly publication: Digest}
  /** The newest that this signer published under this name. */
  | {readonly by: 'name'; readonly signer: string; readonly name: string};

const BY_DIGEST = /^(.*?)\/?publications\/v1\/([0-9a-f]{64})(?:\/(?:publication\.json)?)?$/s;
const BY_NAME = /^(.*?)\/?names\/v1\/([A-Za-z0-9][A-Za-z0-9._~-]{0,127})\/([^/]+)\/?$/s;

export function parsePublicationAddress(text: string): PublicationAddress | undefined {
  const [, bucket, hex] = BY_DIGEST.exec(text) ?? [];
  if (hex !== undefined) {
    return {
      bucket: bucketOf(text, bucket),
      wanted: {by: 'digest', publication: digestFromHex(hex)},
    };
  }
  const [, at, signer, name] = BY_NAME.exec(text) ?? [];
  if (signer === undefined || name === undefined || !isName(name)) return undefined;
  return {bucket: bucketOf(text, at), wanted: {by: 'name', signer, name}};
}

function bucketOf(text: string, before: string | undefined): string {
  if (before !== undefined && before !== '') return before;
  return text.startsWith('/') ? '/' : '.';
}
