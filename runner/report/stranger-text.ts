/** What a stranger wrote, on one line and as it looks: nothing in it moves a cursor, colours, or turns text around. */
export function strangerText(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '·');
}

/** JSON for a terminal: what JSON leaves unescaped and a terminal would obey is written as \\u…. */
export function strangerJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
