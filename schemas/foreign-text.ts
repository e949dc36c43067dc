/**
 * What a server says, on its way into a message of ours: one line, short, and nothing in it that a terminal obeys or
 * that turns the reading order. The one door for such words: an error's text, a certificate's name, where a
 * redirect leads.
 */
export function foreignText(text: string, most = MOST): string {
  const line = text
    .slice(0, 4 * most)
    .replace(/\s+/gu, ' ')
    .replace(UNSEEMLY, '·')
    .trim();
  const characters = [...line];
  return characters.length <= most ? line : `${characters.slice(0, most).join('')}…`;
}

const MOST = 300;

/** Controls, format characters (bidi and zero-width among them), lone surrogates, what Unicode has no character for. */
const UNSEEMLY = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/gu;

/** An address without what may be a secret in it: no user, password, query or fragment. */
export function shownUrl({protocol, host, pathname}: URL): string {
  return foreignText(`${protocol}//${host}${pathname}`);
}

/** What may be an address, mistyped: without all that stands where a password would. */
export function withoutSecrets(text: string): string {
  return text.replace(/^([^/?#]*:\/*)?.*@/s, '$1…@').replace(/[?#].*$/s, '…');
}
