import {digestOfBytes} from '../../artifacts/hashing.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Publication} from '../../schemas/publication.ts';
import type {Sighting} from './seen-publications.ts';

/** What was seen before, held against a publication that is looked at now. */
export interface Remembered {
  /** Its signer said two things that can't both be: a fork. */
  readonly contradictions: readonly string[];
  /** The newest that was seen at this place, where that is newer. */
  readonly newerHere: Sighting | undefined;
  /** One that follows it, seen at another place: this place is behind, as a mirror may be. */
  readonly aheadElsewhere: Sighting | undefined;
  /** To know, and no fault. */
  readonly notes: readonly string[];
}

export interface Offered {
  readonly publication: Publication;
  readonly digest: Digest;
  readonly place: string;
}

/**
 * A number belongs to a place: whoever rehearses in a folder and then publishes to a bucket begins at 1 twice, and a
 * copy has the same bytes under the same numbers. A fork is two publications under one number at one place, or after
 * one and the same publication, wherever.
 */
export function judgeSightings(sightings: readonly Sighting[], offered: Offered): Remembered {
  const {publication, digest, place} = offered;
  const {sequence} = publication;
  const here = sightings.filter((seen) => seen.place === place);
  const elsewhere = sightings.filter((seen) => seen.place !== place);
  const others = (list: readonly Sighting[]) =>
    list.filter((seen) => seen.sequence === sequence && seen.publication !== digest);
  const [fork] = others(here).filter((seen) => !saysTheSame(seen, publication));
  const [split] = others(elsewhere).filter(
    (seen) => follows(seen, publication.previous) && !saysTheSame(seen, publication),
  );
  const [anew] = others(here).filter((seen) => saysTheSame(seen, publication));
  const contradictions = [
    ...(fork === undefined
      ? []
      : [`number ${sequence} was another publication on ${dayOf(fork)}: ${fork.publication}`]),
    ...(split === undefined
      ? []
      : [
          `number ${sequence} after the same ${sequence - 1} was another publication${at(split)} on ${dayOf(split)}: ${split.publication}`,
        ]),
  ];
  const notes =
    anew === undefined
      ? []
      : [`the same run was number ${sequence} here on ${dayOf(anew)}, published anew since`];
  const newest = newestOf(here);
  return {
    contradictions,
    newerHere: newest !== undefined && newest.sequence > sequence ? newest : undefined,
    aheadElsewhere: ahead(elsewhere, offered),
    notes,
  };
}

export function sightingOf({publication, digest, place}: Offered, now: number): Sighting {
  const {signer, name, sequence, previous} = publication;
  const at = new Date(now).toISOString();
  return {signer, name, sequence, publication: digest, at, place, previous, says: saysOf(publication)};
}

export function dayOf({at}: Sighting): string {
  return at.slice(0, 10);
}

/** ` at PLACE`; nothing for what was seen before places were noted. */
export function at({place}: Sighting): string {
  return place === undefined ? '' : ` at ${place}`;
}

/** Whether its place is known to have had what is offered, and then something newer. */
function ahead(elsewhere: readonly Sighting[], {publication, digest}: Offered): Sighting | undefined {
  const newer = elsewhere.filter((seen) => seen.sequence > publication.sequence);
  const places = new Set(elsewhere.filter((seen) => seen.publication === digest).map((seen) => seen.place));
  return newestOf(newer.filter((seen) => seen.previous === digest || places.has(seen.place)));
}

function follows({previous}: Sighting, before: Digest | null): boolean {
  return before !== null && previous === before;
}

/** All that a publication says but when, and after which. */
function saysOf({publishedAt: _, sequence: __, previous: ___, ...rest}: Publication): Digest {
  return digestOfBytes(canonicalJson(rest));
}

function saysTheSame({says}: Sighting, publication: Publication): boolean {
  return says === saysOf(publication);
}

function newestOf(sightings: readonly Sighting[]): Sighting | undefined {
  return sightings.reduce<Sighting | undefined>(
    (newest, each) => (newest === undefined || each.sequence > newest.sequence ? each : newest),
    undefined,
  );
}
