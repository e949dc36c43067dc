import type {Json} from '../../schemas/canonical-json.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';

/**
 * A param as it stands in a command or inside longer text: numbers as JSON writes them but never
 * with an exponent (1e-6 is 0.000001), true and false, text as it is, lists and maps as JSON.
 */
export function paramText(value: Json): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? numberText(value) : canonicalJson(value);
}

export function numberText(number: number): string {
  const text = JSON.stringify(Object.is(number, -0) ? 0 : number);
  const match = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (!match) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  return sign + shift(whole + fraction, whole.length + Number(exponent));
}

/** Digits with the decimal point after `point` of them. */
function shift(digits: string, point: number): string {
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return digits + '0'.repeat(point - digits.length);
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}
