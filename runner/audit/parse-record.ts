import {checkPath} from '../../artifacts/path-rules.ts';
import {encodeReceipt, parseReceipt} from '../../artifacts/receipts/parse-receipt.ts';
import {
  aFlag,
  aName,
  anyJson,
  aText,
  author,
  count,
  digest,
  instant,
  nothing,
  seconds,
  textOrNull,
  tree,
} from '../../schemas/document-shapes.ts';
import {isName, stageName} from '../../schemas/names.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {RunRecord, RunRecord2} from '../../schemas/run-record.ts';
import {
  type Check,
  either,
  exactly,
  isRecord,
  list,
  object,
  record,
  variant,
} from '../../schemas/strict-shape.ts';
import {readPublishedDocument} from './read-document.ts';
import {trueClass, trueKey} from './receipt-identity.ts';

export const RECORD_LIMIT = 128 * 2 ** 20;

/**
 * Reads a stranger's run record, format 2. Whether its keys are those of its documents, and its classes those of
 * their facts, is asked separately (check-keys.ts): an audit names what is wrong.
 */
export function parseRecord(bytes: Uint8Array): Result<RunRecord2, string> {
  const read = readPublishedDocument(bytes, RECORD_LIMIT, RECORD);
  if (!read.ok) return read;
  const parsed = read.value as RunRecord2;
  const fault = faultOfStages(parsed) ?? faultOfSource(parsed);
  return fault === undefined ? ok(parsed) : err(fault);
}

/** Reads a run record of a store that others write to, which may be of format 1: it can be brought, not published. */
export function parseStoredRecord(bytes: Uint8Array): Result<RunRecord, string> {
  const read = readPublishedDocument(bytes, RECORD_LIMIT, STORED);
  if (!read.ok) return read;
  const parsed = read.value as RunRecord;
  const fault = faultOfStages(parsed) ?? (parsed.run === 2 ? faultOfSource(parsed) : undefined);
  return fault === undefined ? ok(parsed) : err(fault);
}

const STORED: Check = (value, at) =>
  isRecord(value) && value.run === 1 ? RECORD_1(value, at) : RECORD(value, at);

const PIPELINE_1 = {name: aName, profile: aText, params: record(anyJson), seed: count, text: digest};

const PIPELINE = object({
  ...PIPELINE_1,
  overrides: list(aText),
  license: textOrNull,
  authors: list(author),
  description: textOrNull,
  citation: anyJson,
});

const SOURCE = object({file: aText, files: tree, folders: record(tree), sdk: tree});

const coded: Check = (value, at) =>
  isRecord(value) && typeof value.code === 'string' ? undefined : `${at} is not a reason with a code`;

const DONE = object({name: aText, state: aText, receipt: anyJson});

const EXECUTION = {
  startedAt: instant,
  seconds,
  git: either(nothing, object({commit: aText, clean: aFlag, remote: textOrNull})),
  outcome: exactly('succeeded', 'failed', 'interrupted'),
  stages: list(
    variant('state', {
      cached: DONE,
      executed: DONE,
      failed: object({name: aText, state: aText, failure: coded}),
      skipped: object({name: aText, state: aText, reason: coded}),
    }),
  ),
};

const RECORD = object({run: exactly(2), pipeline: PIPELINE, source: SOURCE, ...EXECUTION});
const RECORD_1 = object({run: exactly(1), pipeline: object(PIPELINE_1), ...EXECUTION});

function faultOfStages({stages}: RunRecord): string | undefined {
  const names = new Set<string>();
  for (const [at, stage] of stages.entries()) {
    const where = `$.stages[${at}]`;
    if (!isStage(stage.name)) return `${where}.name is not a stage's`;
    if (names.has(stage.name)) return `${where}: ${stage.name} is there twice`;
    names.add(stage.name);
    if (stage.state !== 'cached' && stage.state !== 'executed') continue;
    const fault = faultOfReceipt(stage.receipt);
    if (fault !== undefined) return `${where}.receipt: ${fault}`;
  }
  return undefined;
}

function isStage(name: string): boolean {
  try {
    return name.length <= 512 && stageName(name) === name;
  } catch {
    return false;
  }
}

/** Its shape, whatever it says of its own key and class. */
function faultOfReceipt(receipt: Receipt): string | undefined {
  const identity = identityFault(receipt);
  if (identity !== undefined) return identity;
  const {facts} = receipt.hardware;
  const repaired = {...receipt, key: trueKey(receipt), hardware: {facts, digest: trueClass(receipt)}};
  const parsed = parseReceipt(encodeReceipt(repaired));
  return parsed.ok ? faultOfNames(receipt) : parsed.error;
}

/** Names of outputs become names of files: they are such as a stage's contract can have. */
function faultOfNames({document, outputs, values}: Receipt): string | undefined {
  const all = [document.outputs, document.inputs, document.values, outputs, values].flatMap(Object.keys);
  const wrong = all.find((each) => !isName(each));
  return wrong === undefined ? undefined : `${JSON.stringify(wrong.slice(0, 80))} is no name`;
}

const HARDWARE = object({digest, facts: record(aText)});

function identityFault(value: unknown): string | undefined {
  if (!isRecord(value)) return 'it is not an object';
  if (!isRecord(value.document)) return '$.document is not an object';
  return digest(value.key, '$.key') ?? HARDWARE(value.hardware, '$.hardware');
}

function faultOfSource({source}: RunRecord2): string | undefined {
  if (!checkPath(source.file).ok) return '$.source.file is no path in a tree';
  for (const folder of Object.keys(source.folders)) {
    const at = `$.source.folders.${folder.slice(0, 80)}`;
    if (!checkPath(folder.replace(/^builtin:(?=[a-z][a-z0-9_-]{0,63}$)/, '')).ok) return `${at} is no folder`;
  }
  return undefined;
}
