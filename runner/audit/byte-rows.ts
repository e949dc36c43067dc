import type {PlannedSource} from '../../schemas/plan.ts';
import type {PublishedContents} from '../../schemas/publication.ts';
import {traceOf} from '../../schemas/receipt.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {bytesText, plural} from '../words/quantity-text.ts';
import type {LoadingFile} from './byte-findings.ts';
import type {ByteReport} from './check-bytes.ts';
import {doneStages} from './done-stages.ts';
import {type AuditRow, type CheckName, fail, notChecked, nothingThere, pass} from './row.ts';
import {chanceToCatch, type Sample} from './sample.ts';

/** A row about bytes: what is wrong fails it, what nobody could read leaves it open, else `why` says what was read. */
export function byteRow(
  check: CheckName,
  report: ByteReport,
  more: readonly string[],
  why: (count: {readonly files: number; readonly bytes: number}) => string,
): AuditRow {
  const findings = [...(report.findings.get(check) ?? []), ...(report.absent.get(check) ?? []), ...more];
  if (findings.length > 0) return fail(check, findings);
  const [unreachable, ...others] = report.unreachable.get(check) ?? [];
  if (unreachable !== undefined) {
    const also = others.length === 0 ? '' : ` (and ${others.length} more)`;
    return notChecked(check, `unreachable: ${unreachable}${also}`, 'try again later');
  }
  return pass(check, why(report.counts.get(check) ?? {files: 0, bytes: 0}));
}

/**
 * Where a record alone was published, what is not there is no loss. Format 1 did not say: of that only where nothing at
 * all is there, which nobody loses file by file, and then it says that it does not know.
 */
function recordAlone(report: ByteReport, contents: PublishedContents | undefined): string | undefined {
  if (contents === 'all') return undefined;
  const check = 'artifacts';
  if (report.present.has(check) || (report.absent.get(check) ?? []).length === 0) return undefined;
  return contents === 'record'
    ? 'its author published the record alone: no output of it is here'
    : 'no output of it is here: a record alone, or all of it was lost; its format does not say which';
}

const EXECUTE = 'execute it again from its beginning: repro replay URL --chained';

/** A row about what stages made; `alone` says why none of it is there, where that may be so. */
function madeRow(
  check: CheckName,
  report: ByteReport,
  contents: PublishedContents | undefined,
  why: Parameters<typeof byteRow>[3],
): AuditRow {
  const alone = recordAlone(report, contents);
  if (alone === undefined) return byteRow(check, report, [], why);
  const wrong = report.findings.get(check) ?? [];
  return wrong.length > 0 ? fail(check, wrong) : notChecked(check, alone, EXECUTE);
}

export function artifactsRow(report: ByteReport, contents: PublishedContents | undefined): AuditRow {
  const isEmpty =
    !report.counts.has('artifacts') && !report.absent.has('artifacts') && !report.present.has('artifacts');
  if (isEmpty && !report.findings.has('artifacts') && !report.unreachable.has('artifacts'))
    return nothingThere('artifacts', 'no stage gave a file: there was nothing to hash');
  return madeRow('artifacts', report, contents, ({files, bytes}) => {
    if (report.sample === undefined) return `${plural(files, 'file')}, ${bytesText(bytes)}: each hashed`;
    return sampleWords(report.sample);
  });
}

function sampleWords(sample: Sample): string {
  const [one, ten] = [1, 10].map((bad) => percent(chanceToCatch(sample, bad)));
  return `a sample of ${sample.size} of ${sample.of} files hashed (seed ${sample.seed}): if 1 were bad it would be found with ${one}, if 10 were with ${ten}`;
}

function percent(chance: number): string {
  return chance === 1 ? '100 %' : `${Math.min(99.9, Math.round(chance * 1000) / 10)} %`;
}

export function pinsRow(report: ByteReport, used: readonly PlannedSource[] | undefined): AuditRow {
  if (used === undefined) return notChecked('pins', 'which sources it has, the pipeline could not be asked');
  if (used.length === 0)
    return nothingThere('pins', 'it reads no sources from elsewhere: there was nothing to check');
  return byteRow('pins', report, [], () => {
    const elsewhere = used.filter(({name}) => report.elsewhere.has(name));
    const here = used.length - elsewhere.length;
    const parts = [
      ...(here > 0 ? [`${here} here and hashed`] : []),
      ...elsewhere.map(({name, location}) => `${name} is elsewhere (${placeWords(location)})`),
    ];
    return `${used.length} pinned by SHA-256: ${parts.join(', ')}`;
  });
}

function placeWords(location: PlannedSource['location']): string {
  switch (location.from) {
    case 'file':
      return 'a file of its author’s';
    case 'hf':
      return `hf ${location.repository}`;
    case 'https':
    case 's3':
    case 'git':
      return location.url;
  }
}

export function logsRow(
  record: RunRecord2,
  report: ByteReport,
  contents: PublishedContents | undefined,
): AuditRow {
  const stages = doneStages(record);
  const logs = stages.filter(({receipt}) => receipt.execution.log !== null).length;
  const metrics = stages.filter(({receipt}) => receipt.execution.metrics !== null).length;
  const traces = stages.filter(({receipt}) => traceOf(receipt) !== null).length;
  const what = `${plural(logs, 'log')}, ${plural(metrics, 'metrics file')} and ${plural(traces, 'trace')} of ${plural(stages.length, 'stage')}, hashed`;
  if (logs + metrics + traces === 0)
    return nothingThere('logs', 'no stage wrote a log, metrics or a trace: there was nothing to hash');
  return madeRow('logs', report, contents, () => what);
}

export function sandboxRow(record: RunRecord2): AuditRow {
  const stages = doneStages(record);
  if (stages.length === 0) return nothingThere('sandbox', 'no stage ran');
  const bare = stages.filter(({receipt}) => receipt.execution.sandbox === 'none');
  if (bare.length === 0)
    return pass('sandbox', `${plural(stages.length, 'stage')} ran confined to what they declare`);
  const which = bare.length === stages.length ? 'all' : `${bare.length} of ${stages.length}`;
  return notChecked(
    'sandbox',
    `${which} stages ran unconfined: they could have read what they don’t declare`,
  );
}

export function picklesRow({loading, sample, counts, present}: ByteReport): AuditRow {
  if (loading.length === 0 && !present.has('artifacts') && !present.has('pins'))
    return nothingThere('pickles', 'no file of an artifact was there to be looked at');
  if (loading.length === 0 && (counts.get('artifacts')?.files ?? 0) + (counts.get('pins')?.files ?? 0) === 0)
    return nothingThere('pickles', 'there is no file of an artifact to be looked at');
  if (loading.length === 0) {
    const where = sample === undefined ? 'no file' : 'no file of the sample';
    return pass('pickles', `${where} runs code when it is loaded, by its bytes and its name`);
  }
  const closed = loading.filter(({how}) => how === 'can’t be told');
  const open = loading.filter(({how}) => how !== 'can’t be told');
  const parts = [
    ...(open.length > 0 ? [`loading these runs what is in them; none was opened: ${namesOf(open)}`] : []),
    ...(closed.length > 0 ? [`of these it can’t be told, for they are packed: ${namesOf(closed)}`] : []),
  ];
  return notChecked('pickles', parts.join('; '));
}

function namesOf(files: readonly LoadingFile[]): string {
  const names = files.slice(0, 3).map(({name}) => name);
  return files.length > 3 ? `${names.join(', ')} and ${files.length - 3} more` : names.join(', ');
}
