import {isDigest} from './digest.ts';
import {isName} from './names.ts';
import {type Check, either, exactly, object, variant, where} from './strict-shape.ts';

/** The words that publications, run records and reports of replays are checked in. */
export const digest = where('a digest', isDigest);
export const aText = where('text', (value) => typeof value === 'string');
export const aName = where('a name', (value) => typeof value === 'string' && isName(value));
export const count = where('a count', (value) => Number.isSafeInteger(value) && Number(value) >= 0);
export const positive = where(
  'a number above 0',
  (value) => Number.isSafeInteger(value) && Number(value) > 0,
);
export const aFlag = where('true or false', (value) => typeof value === 'boolean');
export const seconds = where('a duration', (value) => typeof value === 'number' && value >= 0);
/** What JSON.parse gives is JSON; that it has a canonical form is checked with the whole. */
export const anyJson = where('JSON', () => true);
export const nothing = exactly(null);
export const textOrNull = either(nothing, aText);

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;
export const instant = where(
  'a time in UTC',
  (value) => typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value)),
);

/** What a signer's sequence is filed under: it is part of a key in a bucket. */
const SIGNER = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/;
export const signer = where('a key id', (value) => typeof value === 'string' && SIGNER.test(value));

export const blob = object({type: exactly('blob'), digest, size: count});
export const tree = object({type: exactly('tree'), digest, size: count, files: count});
export const artifact = variant('type', {blob, tree});

/** An object some of whose members may be left out. */
function partly(required: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>>): Check {
  return (value, at) => {
    const given = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    const present = given.filter((key) => Object.hasOwn(optional, key)).map((key) => [key, optional[key]]);
    return object({...required, ...(Object.fromEntries(present) as Record<string, Check>)})(value, at);
  };
}

export const author = partly({name: aText}, {affiliation: aText, email: aText, orcid: aText, url: aText});
