import type {Digest} from '../../schemas/digest.ts';
import type {Publication} from '../../schemas/publication.ts';
import {entryAt, type ReadSequence} from './find-newest.ts';
import {at, dayOf, judgeSightings, type Remembered, sightingOf} from './judge-sightings.ts';
import type {WantedPublication} from './publication-address.ts';
import {type AuditRow, fail, notChecked, pass} from './row.ts';
import type {Memory} from './seen-publications.ts';

export interface NewestQuestion {
  readonly publication: Publication;
  readonly digest: Digest;
  readonly wanted: WantedPublication;
  readonly sequence: ReadSequence;
  readonly memory: Memory;
  /** What the bucket goes by, so that the same one is known again. */
  readonly place: string;
}

/**
 * Whether this is the number that it says at this place, after the one that it says; and, for who asked for the newest,
 * whether anything newer was ever seen there.
 */
export async function checkNewest(question: NewestQuestion): Promise<AuditRow> {
  const {publication, digest, wanted, sequence} = question;
  const sightings = question.memory.of(publication.signer, publication.name);
  const remembered = judgeSightings(sightings, question);
  const findings = [
    ...asked(wanted, publication),
    ...remembered.contradictions,
    ...(await beforeIt(publication, sequence)),
  ];
  const own = await entryAt(sequence, publication.sequence);
  const which = `number ${publication.sequence} of ${publication.name}`;
  if (own.state === 'damaged') findings.push(`the entry of ${which} is damaged: ${own.why}`);
  if (own.state === 'found' && own.publication !== digest)
    findings.push(`${which} is another publication by the same signer: ${own.publication}`);
  const {newerHere: newer, aheadElsewhere: ahead} = remembered;
  if (newer !== undefined && wanted.by === 'name')
    findings.push(
      `${which} is offered as the newest, and number ${newer.sequence} was seen on ${dayOf(newer)}`,
    );
  if (findings.length > 0) return fail('newest', findings);
  if (own.state === 'absent') return notChecked('newest', `this bucket has no entry of ${which}`);
  if (ahead !== undefined && wanted.by === 'name')
    return notChecked(
      'newest',
      `${which} is the newest here, and number ${ahead.sequence} was seen${at(ahead)} on ${dayOf(ahead)}: this place is behind`,
      'ask where the newer one is, or for this one by its digest',
    );
  return pass('newest', await words(question, which, remembered));
}

/** Only for what its signer vouches for: a stranger must not make numbers up. */
export function remember(question: NewestQuestion, now: number): void {
  const {publication, digest, memory, place} = question;
  const {signer, name, sequence} = publication;
  const isKnown = memory
    .of(signer, name)
    .some((seen) => seen.sequence === sequence && seen.publication === digest && seen.place === place);
  if (!isKnown) memory.remember(sightingOf(question, now));
}

async function words(
  {publication, sequence, wanted}: NewestQuestion,
  which: string,
  {newerHere, aheadElsewhere, notes}: Remembered,
): Promise<string> {
  const after = publication.previous === null ? 'the first' : `after number ${publication.sequence - 1}`;
  const told = [`${which}, ${after}`, await standing(), ...notes];
  return told.join('; ');

  async function standing(): Promise<string> {
    if (newerHere !== undefined)
      return `older than number ${newerHere.sequence}, seen on ${dayOf(newerHere)}`;
    if (aheadElsewhere !== undefined)
      return `number ${aheadElsewhere.sequence} was seen${at(aheadElsewhere)} on ${dayOf(aheadElsewhere)}`;
    if (wanted.by === 'name') return 'the newest there is';
    const next = await entryAt(sequence, publication.sequence + 1);
    return next.state === 'absent' ? 'nothing newer is here' : 'there is a newer one';
  }
}

function asked(wanted: WantedPublication, {signer, name}: Publication): readonly string[] {
  if (wanted.by === 'digest' || (wanted.signer === signer && wanted.name === name)) return [];
  return [`it is ${name} by ${signer.slice(0, 16)}, which is not what was asked for`];
}

async function beforeIt(
  {sequence: number, previous}: Publication,
  sequence: ReadSequence,
): Promise<readonly string[]> {
  if (previous === null) return [];
  const before = await entryAt(sequence, number - 1);
  if (before.state === 'damaged') return [`the entry of number ${number - 1} is damaged: ${before.why}`];
  if (before.state === 'absent' || before.publication === previous) return [];
  return [`it says that ${previous} was before it; number ${number - 1} is ${before.publication}`];
}
