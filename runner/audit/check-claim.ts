import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Publication} from '../../schemas/publication.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {checkNewest, type NewestQuestion, remember} from './check-newest.ts';
import {checkReplays} from './check-replays.ts';
import {type ChosenKeys, checkSignature} from './check-signature.ts';
import {checkStatements} from './check-statements.ts';
import type {WantedPublication} from './publication-address.ts';
import {readBundle} from './read-bundle.ts';
import {type AuditRow, fail} from './row.ts';
import type {Memory} from './seen-publications.ts';

export interface PublicationClaim {
  readonly publication: Publication;
  readonly digest: Digest;
  readonly record: RunRecord2 | undefined;
}

export interface ClaimOptions {
  readonly bucket: ReadableBucket;
  readonly wanted: WantedPublication;
  readonly keys: ChosenKeys;
  readonly memory: Memory;
  /** What the bucket goes by; its name where nobody knows better. */
  readonly place?: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
}

/** Who says it, of what exactly, and whether it is the newest that they say. */
export async function checkClaim(
  claim: PublicationClaim,
  options: ClaimOptions,
): Promise<readonly AuditRow[]> {
  const {publication, digest, record} = claim;
  const bundle = await readBundle(options.bucket, digest);
  if (!bundle.ok) {
    const rows = [fail('signature', [bundle.error]), fail('statements', [bundle.error])];
    return [...rows, await checkNewest(newestQuestion(claim, options))];
  }
  const signed = {publication, digest, envelopes: bundle.value};
  const signature = await checkSignature(signed, options.keys, options.variables);
  const newest = await checkNewest(newestQuestion(claim, options));
  if (signature.vouched && newest.state === 'pass') remember(newestQuestion(claim, options), options.now());
  const replays = await checkReplays({
    ...options,
    publication: digest,
    run: publication.run.digest,
    keys: options.keys.keys,
  });
  const statements = record === undefined ? [] : [checkStatements(signed, record)];
  return [signature.row, newest, ...statements, replays];
}

function newestQuestion(
  {publication, digest}: PublicationClaim,
  {bucket, wanted, memory, place = bucket.name}: ClaimOptions,
): NewestQuestion {
  const {signer, name} = publication;
  return {publication, digest, wanted, memory, place, sequence: {bucket, signer, name}};
}
