import type {Json} from '../../schemas/canonical-json.ts';
import {type Digest, hexOf} from '../../schemas/digest.ts';
import type {Author} from '../../schemas/publication.ts';

/** One thing that a RO-Crate tells of (JSON-LD, flattened). */
export interface Entity {
  readonly '@id': string;
  readonly '@type': string | readonly string[];
  readonly [property: string]: Json;
}

export interface EntityReference {
  readonly '@id': string;
  readonly [property: string]: Json;
}

export function to(id: string): EntityReference {
  return {'@id': id};
}

export function allTo(entities: readonly Entity[]): readonly EntityReference[] {
  return entities.map((entity) => to(entity['@id']));
}

/** A name for content, wherever it is (RFC 6920). */
export function contentUri(digest: Digest): string {
  return `ni:///sha-256;${Buffer.from(hexOf(digest), 'hex').toString('base64url')}`;
}

/** A path as an identifier in a crate. */
export function pathId(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** Something of this crate that is no file. */
export function localId(...parts: readonly string[]): string {
  return `#${parts.map(encodeURIComponent).join('/')}`;
}

/** As the profiles' own patterns want a moment: with milliseconds, and +00:00 for UTC. */
export function moment(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '+00:00');
}

/** Authors, and the organisations that they belong to. */
export function people(authors: readonly Author[]): {
  readonly persons: readonly Entity[];
  readonly organizations: readonly Entity[];
} {
  const names = [...new Set(authors.flatMap(({affiliation}) => affiliation ?? []))];
  const organizations = names.map((name) => ({
    '@id': localId('organization', name),
    '@type': 'Organization',
    name,
  }));
  return {persons: authors.map(person), organizations};
}

function person({name, affiliation, email, orcid, url}: Author, i: number): Entity {
  return {
    '@id': orcid === undefined ? (url ?? localId('person', String(i + 1))) : orcidUrl(orcid),
    '@type': 'Person',
    name,
    ...(affiliation !== undefined && {affiliation: to(localId('organization', affiliation))}),
    ...(email !== undefined && {email}),
    ...(url !== undefined && {url}),
  };
}

function orcidUrl(orcid: string): string {
  return orcid.startsWith('https://') ? orcid : `https://orcid.org/${orcid}`;
}
