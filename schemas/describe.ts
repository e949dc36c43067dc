import {z} from 'zod';
import type {Json} from './canonical-json.ts';
import {NAME_PATTERN} from './names.ts';

/**
 * The leaves that the documents' schemas are made of. Each carries the words for its own error:
 * always "expected …", so that the loader can add what it found instead.
 */
const NAME_RULE = 'a name: a small letter, then small letters, digits, "_" or "-", 64 at most';

export const describedName = z
  .string({error: `expected ${NAME_RULE}`})
  .regex(NAME_PATTERN, `expected ${NAME_RULE}`);

export const describedText = z.string({error: 'expected text'});

export const describedFlag = z.boolean({error: 'expected true or false'});

/** Anything that JSON can say: documents come from YAML's JSON schema, so there is nothing to check. */
export const describedJson = z.unknown() as z.ZodType<Json>;

export function whole(from: number, to: number) {
  const error = `expected a whole number from ${from} to ${to}`;
  return z.int({error}).min(from, error).max(to, error);
}

/** `${params.x}` and its like: the planner reads what is inside. */
export const reference = z
  .string()
  .regex(/\$\{[^}]+\}/)
  .describe(`a reference such as \${params.x}`);

export function wholeOrReference(from: number, to: number) {
  return z.union([whole(from, to), reference], {
    error: `expected a whole number from ${from} to ${to}, or a reference such as \${params.x}`,
  });
}

export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, {error: `expected ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`});
}

export function mapOf<T extends z.ZodType>(values: T, what: string) {
  return z.record(describedName, values, {error: `expected a map from names to ${what}`});
}

/** The seeds that numpy, torch and Python's random all take. */
export const MAXIMUM_SEED = 4_294_967_295;
