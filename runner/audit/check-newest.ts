import type {Digest} from '../../schemas/digest.ts';
import type {Publication} from '../../schemas/publication.ts';
import {entryAt, type Sequence} from './find-newest.ts';
import type {WantedPublication} from './publication-place.ts';
import {fail, notChecked, pass, type Row} from './row.ts';
import type {Memory, Sighting} from './seen.ts';

export interface NewestQuestion {
  readonly publication: Publication;
  readonly digest: Digest;
  readonly wanted: WantedPublication;
  readonly sequence: Sequence;
  readonly memory: Memory;
}

/**
 * Whether this is the number that it says, after the one that it says; and, for who asked for the newest, whether
 * anything newer was ever seen here.
 */
export async function checkNewest(question: NewestQuestion): Promise<Row> {
  const {publication, digest, wanted, sequence} = question;
  const sightings = question.memory.of(publication.signer, publication.name);
  const findings = [
    ...asked(wanted, publication),
    ...forks(sightings, publication.sequence, digest),
    ...(await beforeIt(publication, sequence)),
  ];
  const own = await entryAt(sequence, publication.sequence);
  const which = `number ${publication.sequence} of ${publication.name}`;
  if (own.state === 'damaged') findings.push(`the entry of ${which} is damaged: ${own.why}`);
  if (own.state === 'found' && own.publication !== digest)
    findings.push(`${which} is another publication by the same signer: ${own.publication}`);
  const newest = newestOf(sightings);
  const older = newest !== undefined && newest.sequence > publication.sequence ? newest : undefined;
  if (older !== undefined && wanted.by === 'name')
    findings.push(
      `${which} is offered as the newest, and number ${older.sequence} was seen on ${dayOf(older)}`,
    );
  if (findings.length > 0) return fail('newest', findings);
  if (own.state === 'absent') return notChecked('newest', `this bucket has no entry of ${which}`);
  return pass('newest', await words(question, which, older));
}

/** Only for what its signer vouches for: a stranger must not make numbers up. */
export function remember({publication, digest, memory}: NewestQuestion, now: number): void {
  const {signer, name, sequence} = publication;
  if (memory.of(signer, name).some((seen) => seen.sequence === sequence && seen.publication === digest))
    return;
  memory.remember({signer, name, sequence, publication: digest, at: new Date(now).toISOString()});
}

async function words(
  {publication, sequence, wanted}: NewestQuestion,
  which: string,
  older: Sighting | undefined,
): Promise<string> {
  const after = publication.previous === null ? 'the first' : `after number ${publication.sequence - 1}`;
  if (older !== undefined)
    return `${which}, ${after}; older than number ${older.sequence}, seen on ${dayOf(older)}`;
  if (wanted.by === 'name') return `${which}, ${after}; the newest there is`;
  const next = await entryAt(sequence, publication.sequence + 1);
  return `${which}, ${after}; ${next.state === 'absent' ? 'nothing newer is here' : 'there is a newer one'}`;
}

function asked(wanted: WantedPublication, {signer, name}: Publication): readonly string[] {
  if (wanted.by === 'digest' || (wanted.signer === signer && wanted.name === name)) return [];
  return [`it is ${name} by ${signer.slice(0, 16)}, which is not what was asked for`];
}

function forks(sightings: readonly Sighting[], sequence: number, digest: Digest): readonly string[] {
  const other = sightings.find((seen) => seen.sequence === sequence && seen.publication !== digest);
  return other === undefined
    ? []
    : [`number ${sequence} was another publication on ${dayOf(other)}: ${other.publication}`];
}

async function beforeIt(
  {sequence: number, previous}: Publication,
  sequence: Sequence,
): Promise<readonly string[]> {
  if (previous === null) return [];
  const before = await entryAt(sequence, number - 1);
  if (before.state === 'damaged') return [`the entry of number ${number - 1} is damaged: ${before.why}`];
  if (before.state === 'absent' || before.publication === previous) return [];
  return [`it says that ${previous} was before it; number ${number - 1} is ${before.publication}`];
}

function newestOf(sightings: readonly Sighting[]): Sighting | undefined {
  return sightings.reduce<Sighting | undefined>(
    (newest, each) => (newest === undefined || each.sequence > newest.sequence ? each : newest),
    undefined,
  );
}

function dayOf({at}: Sighting): string {
  return at.slice(0, 10);
}
