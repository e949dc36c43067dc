import type {z} from 'zod';
import type {Json} from './canonical-json.ts';
import {err, ok, type Result} from './result.ts';

/** One thing that a document gets wrong, in words that owe nothing to the library that found it. */
export interface SchemaIssue {
  /** Keys and indices from the document's root. */
  readonly path: readonly (string | number)[];
  readonly problem: 'missing' | 'unknown-key' | 'bad-key' | 'wrong-shape';
  /** "expected …" */
  readonly expected: string;
  /** For an unknown key: those that would have been right. */
  readonly allowed: readonly string[];
}

export function checkJson<T extends z.ZodType>(
  schema: T,
  value: Json,
): Result<z.infer<T>, readonly SchemaIssue[]> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  return err(parsed.error.issues.flatMap((issue) => explain(issue, schema, value)));
}

type Path = readonly PropertyKey[];

function explain(issue: z.core.$ZodIssue, schema: z.ZodType, value: Json): SchemaIssue[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(schema, issue.path);
    const expected = 'expected another key';
    return issue.keys.map((key) => ({path: [...path, key], problem: 'unknown-key', expected, allowed}));
  }
  if (issue.code === 'invalid_key') {
    const expected = issue.issues[0]?.message ?? 'expected another key';
    return [{path, problem: 'bad-key', expected, allowed: []}];
  }
  if (issue.code === 'invalid_union') {
    const nested = deepest(issue.errors);
    if (nested)
      return nested.flatMap((inner) =>
        explain({...inner, path: [...issue.path, ...inner.path]}, schema, value),
      );
  }
  const problem = valueAt(value, issue.path) === undefined ? 'missing' : 'wrong-shape';
  return [{path, problem, expected: issue.message, allowed: []}];
}

/** The one arm of a union that the value fits from outside, when it goes wrong only further in. */
function deepest(arms: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  const near = arms.filter((issues) =>
    issues.every((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys'),
  );
  return near.length === 1 ? near[0] : undefined;
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}

/** What the object schemas at `path` allow, whichever arms of unions lead there. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let here: z.core.$ZodType[] = [schema];
  for (const key of path) here = here.flatMap((at) => step(at, key));
  return [...new Set(here.flatMap((at) => shapeKeys(at)))];
}

/** The parts of a schema's definition that lead further in; which exist depends on its type. */
interface Inside {
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly options?: readonly z.core.$ZodType[];
  readonly valueType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly innerType?: z.core.$ZodType;
}

function inside(schema: z.core.$ZodType): Inside {
  const def = schema._zod.def as unknown as Inside;
  return def.innerType ? inside(def.innerType) : def;
}

function shapeKeys(schema: z.core.$ZodType): string[] {
  const {shape, options} = inside(schema);
  if (shape) return Object.keys(shape).filter((key) => key !== '$schema');
  return options ? options.flatMap(shapeKeys) : [];
}

function step(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType[] {
  const {shape, options, valueType, element} = inside(schema);
  if (options) return options.flatMap((option) => step(option, key));
  const next = shape?.[String(key)] ?? valueType ?? element;
  return next ? [next] : [];
}
