/**
 * What a terminal obeys, draws nowhere or turns around: control characters, C1 among them, direction marks, line
 * separators, characters without width, halves of a surrogate pair. Joiners that scripts and emoji need may pass.
 */
export const OBEYED =
  /(?![\n\t])[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** Each of them as `\u001b`, which in a JSON text says the same; new lines and tabs stay. */
export function printable(text: string): string {
  return text.replace(OBEYED, escaped);
}

function escaped(character: string): string {
  const units = Array.from({length: character.length}, (_, i) => character.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
