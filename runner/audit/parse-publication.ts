import {
  aName,
  anyJson,
  aText,
  author,
  blob,
  digest,
  instant,
  positive,
  signer,
  textOrNull,
} from '../../schemas/document-shapes.ts';
import type {Publication, SequenceEntry} from '../../schemas/publication.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {type Check, exactly, isRecord, list, object, record} from '../../schemas/strict-shape.ts';
import {parsePublicKey} from '../attest/public-key.ts';
import {readPublishedDocument} from './read-document.ts';

export const PUBLICATION_LIMIT = 4 * 2 ** 20;
export const SEQUENCE_LIMIT = 4096;

const FIELDS: Readonly<Record<string, Check>> = {
  name: aName,
  sequence: positive,
  previous: (value, at) => (value === null ? undefined : digest(value, at)),
  publishedAt: instant,
  signer,
  license: aText,
  authors: list(author),
  description: textOrNull,
  citation: anyJson,
  run: blob,
  statements: record(digest),
};

const PUBLICATION: Check = (value, at) => {
  const isSecond = isRecord(value) && value.publication === 2;
  const more = isSecond ? {publication: exactly(2), key: aText, contents: exactly('all', 'record')} : FIRST;
  return object({...FIELDS, ...more})(value, at);
};

const FIRST = {publication: exactly(1)};

const SEQUENCE = object({sequence: exactly(1), publication: digest});

export function parsePublication(bytes: Uint8Array): Result<Publication, string> {
  const read = readPublishedDocument(bytes, PUBLICATION_LIMIT, PUBLICATION);
  if (!read.ok) return read;
  const publication = read.value as Publication;
  if ((publication.sequence === 1) !== (publication.previous === null)) {
    return err('the first has no publication before it, and every other has');
  }
  if (publication.license === '') return err('$.license is empty');
  const stranger = strangersKey(publication);
  if (stranger !== undefined) return err(stranger);
  return ok(publication);
}

/** A key that a publication brings along is its signer's, or nobody's. */
function strangersKey(publication: Publication): string | undefined {
  if (publication.publication === 1) return undefined;
  const key = parsePublicKey(publication.key);
  if (!key.ok) return `$.key is ${key.error}`;
  return key.value.id === publication.signer ? undefined : '$.key is not the signer’s';
}

export function parseSequenceEntry(bytes: Uint8Array): Result<SequenceEntry, string> {
  const read = readPublishedDocument(bytes, SEQUENCE_LIMIT, SEQUENCE);
  return read.ok ? ok(read.value as SequenceEntry) : read;
}
