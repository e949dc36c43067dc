import {
  aFlag,
  anyJson,
  artifact,
  aText,
  digest,
  instant,
  nothing,
  seconds,
  textOrNull,
} from './document-shapes.ts';
import {err, ok, type Result} from './result.ts';
import {type Check, either, exactly, isRecord, list, object, record, variant} from './strict-shape.ts';
import type {ReplayReport} from './verdict.ts';

/** Of a file or a statement that others may have written: what is not of this shape is no report. */
export function parseReplayReport(value: unknown): Result<ReplayReport, string> {
  const broken = REPORT(value, '$');
  return broken === undefined ? ok(value as ReplayReport) : err(broken.slice(0, 200));
}

const digestOrNull = either(nothing, digest);

const RESULT = either(
  nothing,
  object({
    outputs: record(artifact),
    values: record(anyJson),
    metrics: digestOrNull,
    trace: digestOrNull,
  }),
);

/** Of every verdict. */
const ABOUT = {
  stage: aText,
  verdict: aText,
  key: digestOrNull,
  recorded: RESULT,
  found: RESULT,
  seconds: either(nothing, seconds),
  anotherClass: aFlag,
};

/** What else a failure says depends on its code, and the reporter has words for each. */
const coded: Check = (value, at) =>
  isRecord(value) && typeof value.code === 'string' ? undefined : `${at} is not a reason with a code`;

const WHY = variant('code', {
  'not-recorded': object({code: aText}),
  'not-selected': object({code: aText}),
  'not-deterministic': object({code: aText}),
  'another-key': object({code: aText, fields: list(aText)}),
  failed: object({code: aText, failure: coded}),
  'nothing-to-go-on': object({code: aText, stage: aText}),
  interrupted: object({code: aText}),
});

const VERDICT = variant('verdict', {
  exact: object({...ABOUT, compared: list(aText)}),
  different: object({...ABOUT, differing: list(aText), compared: list(aText)}),
  unsupported: object({
    ...ABOUT,
    facts: list(object({fact: aText, recorded: textOrNull, here: textOrNull})),
    operations: list(aText),
  }),
  unchecked: object({...ABOUT, why: WHY}),
});

const REPORT = object({
  replay: exactly(1),
  run: digest,
  pipeline: aText,
  chained: aFlag,
  startedAt: instant,
  seconds,
  reproVersion: aText,
  sandbox: exactly('bubblewrap', 'none'),
  facts: record(aText),
  stages: list(VERDICT),
});
