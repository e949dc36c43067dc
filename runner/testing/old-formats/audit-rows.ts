/** Of what `audit` prints: each row's name and verdict. */
export function auditRows(text: string): readonly string[] {
  const rows = text.matchAll(/^ {2}(\S+) +(pass|FAIL|not checked) /gm);
  return [...rows].map(([, name, verdict]) => `${name}: ${verdict}`);
}
