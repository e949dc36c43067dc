/** Which of a repository's files are meant: exact paths, or patterns in which `*` stands for any text, also `/`. */
export function chooseFiles<T extends {readonly path: string}>(
  files: readonly T[],
  patterns: readonly string[] | undefined,
): {readonly chosen: readonly T[]; readonly unmatched: readonly string[]} {
  if (patterns === undefined) return {chosen: files, unmatched: []};
  const chosen = files.filter(({path}) => patterns.some((pattern) => matches(pattern, path)));
  const unmatched = patterns.filter((pattern) => !files.some(({path}) => matches(pattern, path)));
  return {chosen, unmatched};
}

/** In time that grows with the text only: each part is looked for once, at the first place where it can be. */
export function matches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
