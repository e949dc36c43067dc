/** Ways in which the same secret may be written into a file. */
export interface Spelling {
  readonly how: string;
  readonly bytes: Uint8Array;
}

/** Raw, base64 at each of its three alignments and in both alphabets, hexadecimal, as in a URL, as in JSON. */
export function spellingsOf(value: string): readonly Spelling[] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString('hex');
  const url = encodeURIComponent(value);
  const json = JSON.stringify(value).slice(1, -1);
  const texts: readonly (readonly [how: string, text: string])[] = [
    ['as it is', value],
    ...base64Spellings(bytes).map((text) => ['in base64', text] as const),
    ['in hexadecimal', hex],
    ['in hexadecimal', hex.toUpperCase()],
    ['as in a URL', url],
    ['as in a URL', strictly(url)],
    ['as in a URL', url.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())],
    ['as in a form', url.replaceAll('%20', '+')],
    ['as in JSON', json],
    ['as in JSON', json.replaceAll('/', '\\/')],
    ['as in JSON', inAscii(json)],
  ];
  const seen = new Set<string>();
  return texts
    .filter(([, text]) => !seen.has(text) && seen.add(text) !== undefined)
    .map(([how, text]) => ({how, bytes: Buffer.from(text)}));
}

/**
 * Where base64 of something longer holds these bytes, the characters that depend on them alone: of three positions
 * the first and last may share a character with what is around them.
 */
function base64Spellings(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]);
    const first = Math.ceil((before * 8) / 6);
    const last = Math.floor((padded.length * 8) / 6);
    const text = padded.toString('base64').slice(first, last);
    return [text, text.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** RFC 3986 has five more that other languages write as codes. */
function strictly(url: string): string {
  return url.replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** What Python's json writes by default. */
function inAscii(json: string): string {
  return json.replaceAll(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
