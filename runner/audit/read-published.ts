import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import {objectKey, publicationKey} from '../../artifacts/bucket/bucket-layout.ts';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Publication} from '../../schemas/publication.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {entryAt, lastNumber, type ReadSequence} from './find-newest.ts';
import {laterFormat, NEWER_REPRO, unreadable} from './later-format.ts';
import {PUBLICATION_LIMIT, parsePublication} from './parse-publication.ts';
import {parseRecord, RECORD_LIMIT} from './parse-record.ts';
import type {WantedPublication} from './publication-address.ts';
import {readSmall} from './read-small.ts';
import {type AuditRow, fail, judge, notChecked} from './row.ts';
import type {Memory} from './seen-publications.ts';

export interface PublicationAsked {
  readonly bucket: ReadableBucket;
  readonly wanted: WantedPublication;
  readonly memory: Memory;
  /** What the bucket goes by; its name by default. */
  readonly place?: string;
}

/** Of this name, at this place: what another place had says nothing of this one. */
function newestSeen(
  {bucket, memory, place = bucket.name}: PublicationAsked,
  signer: string,
  name: string,
): number {
  const here = memory.of(signer, name).filter((seen) => seen.place === place);
  return Math.max(0, ...here.map(({sequence}) => sequence));
}

/** A published run that is what its name says, to the byte. Who signed it is another question. */
export interface SoundRun {
  readonly digest: Digest;
  readonly publication: Publication;
  readonly record: RunRecord2;
}

/** What was read where a publication should be, once; every later reading is of what this names by digest. */
export interface PublicationReading {
  readonly digest: Digest;
  readonly publication: ReadPublication;
  /** Undefined where the publication is none, and so names none. */
  readonly record: ReadRecord | undefined;
}

/** Finds and reads a publication. An error, in words, when there is nothing to judge. */
export async function readPublication(
  located: PublicationAsked,
): Promise<Result<PublicationReading, string>> {
  const digest = await locatePublication(located);
  if (!digest.ok) return digest;
  const bytes = await readSmall(located.bucket, publicationKey(digest.value), PUBLICATION_LIMIT);
  if (bytes === 'absent') return err(noPublication(located.bucket, digest.value));
  const publication = judgePublication(bytes, digest.value);
  const {document} = publication;
  const record = document === undefined ? undefined : await readRecord(located.bucket, document);
  return ok({digest: digest.value, publication, record});
}

/** For those who need the run itself and no report of it: the first thing wrong is an error, in words. */
export function soundRun(
  {digest, publication: {row, document}, record: read}: PublicationReading,
  located: PublicationAsked,
): Result<SoundRun, string> {
  if (document === undefined || read === undefined) return err(`the publication ${digest}: ${row.why}`);
  if (read.record === undefined || read.row.state !== 'pass') return err(read.row.why);
  const replaced = passedOff(located, document);
  return replaced === undefined ? ok({digest, publication: document, record: read.record}) : err(replaced);
}

/** Asked by name: somebody else's, or an older one than was seen before. */
function passedOff(located: PublicationAsked, {signer, name, sequence}: Publication): string | undefined {
  const {wanted} = located;
  if (wanted.by === 'digest') return undefined;
  if (wanted.signer !== signer || wanted.name !== name)
    return `it is ${name} by ${signer}, which is not what was asked for`;
  const newest = newestSeen(located, signer, name);
  if (newest <= sequence) return undefined;
  return `number ${sequence} of ${name} is offered as the newest, and number ${newest} was seen before`;
}

function noPublication({name}: ReadableBucket, digest: Digest): string {
  return `there is no publication ${digest} in ${name}`;
}

export interface ReadPublication {
  readonly row: AuditRow;
  readonly document: Publication | undefined;
}

export interface ReadRecord {
  readonly row: AuditRow;
  readonly record: RunRecord2 | undefined;
}

/** Which publication is meant: the one of a digest, or the last number of a name. */
async function locatePublication(located: PublicationAsked): Promise<Result<Digest, string>> {
  const {bucket, wanted} = located;
  if (wanted.by === 'digest') return ok(wanted.publication);
  const {signer, name} = wanted;
  const sequence: ReadSequence = {bucket, signer, name};
  const seen = newestSeen(located, signer, name);
  const last = await lastNumber(sequence, seen);
  const entry = last === 0 ? undefined : await entryAt(sequence, last);
  if (entry?.state === 'found') return ok(entry.publication);
  const before = seen === 0 ? '' : `, though number ${seen} was seen before`;
  const why = entry?.state === 'damaged' ? `number ${last} is damaged: ${entry.why}` : 'nothing is published';
  return err(`${why} under names/v1/${signer}/${name} in ${bucket.name}${before}`);
}

function judgePublication(bytes: Uint8Array | 'too-large', digest: Digest): ReadPublication {
  if (bytes === 'too-large')
    return {row: fail('publication', ['it is larger than one may be']), document: undefined};
  const found = digestOfBytes(bytes);
  const parsed = parsePublication(bytes);
  const later = parsed.ok || found !== digest ? undefined : laterFormat(bytes, 'publication');
  if (later !== undefined) {
    const row = notChecked('publication', unreadable(later, 'publication'), NEWER_REPRO);
    return {row, document: undefined};
  }
  const findings = [
    ...(found === digest ? [] : [`its bytes are those of ${found}, not of its name`]),
    ...(parsed.ok ? [] : [`it is none: ${parsed.error}`]),
  ];
  const document = parsed.ok && found === digest ? parsed.value : undefined;
  return {
    row: judge(
      'publication',
      findings,
      `its bytes are its name’s, in the one form of format ${parsed.ok ? parsed.value.publication : 2}`,
    ),
    document,
  };
}

async function readRecord(bucket: ReadableBucket, {run, name}: Publication): Promise<ReadRecord> {
  const bytes = await readSmall(bucket, objectKey(run.digest), RECORD_LIMIT);
  const wrong = (why: string) => ({row: fail('record', [why]), record: undefined});
  if (bytes === 'absent') return wrong(`the run record ${run.digest} is not there`);
  if (bytes === 'too-large') return wrong('the run record is larger than one may be');
  const found = digestOfBytes(bytes);
  if (found !== run.digest)
    return wrong(`the run record’s bytes are those of ${found}, not of ${run.digest}`);
  const parsed = parseRecord(bytes);
  const later = parsed.ok ? undefined : laterFormat(bytes, 'run');
  if (later !== undefined)
    return {row: notChecked('record', unreadable(later, 'run'), NEWER_REPRO), record: undefined};
  if (!parsed.ok) return wrong(`the run record is none: ${parsed.error}`);
  const findings = [
    ...(bytes.length === run.size ? [] : [`the run record has ${bytes.length} bytes, not ${run.size}`]),
    ...(parsed.value.pipeline.name === name
      ? []
      : [`the run is of ${parsed.value.pipeline.name}, not of ${name}`]),
  ];
  const row = judge(
    'record',
    findings,
    'its bytes are those that the publication names, in the one form of format 2',
  );
  return {row, record: parsed.value};
}
