import {printable} from './printable.ts';
import {SEAL} from './seal.ts';

const SEQUENCE = /^(?:\[[?0-9;]*[a-zA-Z]|\r)/;

/**
 * The one door: all that is printed passes here, whoever wrote it (printer.ts; a test finds no other way out).
 * Sequences under our seal become what they stand for, and every other character that a terminal would obey is
 * shown as `\u001b`. In JSON such a character is inside a string, so there this changes no meaning.
 */
export function throughDoor(text: string): string {
  const [first = '', ...sealed] = text.split(SEAL);
  return printable(first) + sealed.map(unsealed).join('');
}

function unsealed(part: string): string {
  const [sequence = ''] = SEQUENCE.exec(part) ?? [];
  const begun = sequence === '\r' || sequence === '' ? sequence : `\u001b${sequence}`;
  return begun + printable(part.slice(sequence.length));
}
