/**
 * The one encoder whose bytes are hashed: RFC 8785 (JCS) on the values it accepts.
 * Keys in code-unit order, no blanks, numbers as ECMAScript writes them. What has no
 * canonical form (NaN, undefined, a Date, a lone surrogate) is an error that names the path.
 */
export type Json = null | boolean | number | string | readonly Json[] | {readonly [key: string]: Json};

class NotCanonicalError extends Error {
  override readonly name = 'NotCanonicalError';
  constructor(
    readonly path: string,
    readonly why: string,
  ) {
    super(`${path}: ${why}`);
  }
}

export function canonicalJson(value: unknown): string {
  return encode(value, '$');
}

function encode(value: unknown, path: string): string {
  switch (typeof value) {
    case 'string':
      return encodeString(value, path);
    case 'number':
      return encodeNumber(value, path);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? encodeArray(value, path) : encodeObject(value, path);
    default:
      throw new NotCanonicalError(path, `${typeof value} has no canonical form`);
  }
}

function encodeString(text: string, path: string): string {
  if (!text.isWellFormed()) throw new NotCanonicalError(path, 'a lone surrogate has no canonical form');
  return JSON.stringify(text);
}

function encodeNumber(number: number, path: string): string {
  if (!Number.isFinite(number)) throw new NotCanonicalError(path, `${number} has no canonical form`);
  return JSON.stringify(Object.is(number, -0) ? 0 : number);
}

function encodeArray(items: readonly unknown[], path: string): string {
  const parts: string[] = [];
  for (let i = 0; i < items.length; i++) parts.push(encode(items[i], `${path}[${i}]`));
  return `[${parts.join(',')}]`;
}

function encodeObject(object: object, path: string): string {
  const prototype = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new NotCanonicalError(
      path,
      `a ${prototype.constructor?.name ?? 'class instance'} has no canonical form`,
    );
  }
  const record = object as Record<string, unknown>;
  const parts = Object.keys(record)
    .sort(byCodeUnit)
    .map((key) => `${encodeString(key, path)}:${encode(record[key], `${path}.${key}`)}`);
  return `{${parts.join(',')}}`;
}

/** The only order that identity may depend on. `localeCompare` differs between machines. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
