import {writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import type {Bucket} from '../../../artifacts/bucket/bucket.ts';
import {replayKey} from '../../../artifacts/bucket/bucket-layout.ts';
import {openBucket} from '../../../artifacts/open/open-bucket.ts';
import {fromBucket} from '../../../artifacts/remote/bucket-trouble.ts';
import {canonicalJson} from '../../../schemas/canonical-json.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import type {Digest} from '../../../schemas/digest.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {STATEMENT_PAYLOAD} from '../../../schemas/statement.ts';
import type {ReplayReport} from '../../../schemas/verdict.ts';
import {encodeEnvelope, signEnvelope} from '../../attest/dsse.ts';
import {replayStatement} from '../../attest/replay-statement.ts';
import {parsePublicationAddress} from '../../audit/publication-address.ts';
import {chooseSigner} from '../../opening/published/choose-signer.ts';
import {projectRoot} from '../../opening/world/directories.ts';
import {refuse, warn} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {readReports} from '../../replay/read-reports.ts';
import {replaySummary} from '../../report/replay-text.ts';
import {chooseStyle} from '../../report/style.ts';
import {findStore} from '../../stores/find-store.ts';

export interface AttestOptions {
  /** A folder in .repro/replays; the newest by default. */
  readonly replay: string | undefined;
  /** A file, or the address of the publication that the run is of: then others see it there. */
  readonly to: string | undefined;
  readonly key: string | undefined;
  readonly sshKey: string | undefined;
}

/** `repro attest`: signs what a replay found, for others to see beside the author's signature. */
export async function attest(options: AttestOptions, world: World): Promise<ExitCode> {
  const report = chooseReport(options.replay, world);
  if (!report.ok) return refuse([report.error], world, false);
  const signer = await chooseSigner(options, world);
  if (!signer.ok) return refuse([signer.error], world, false);
  const payload = Buffer.from(canonicalJson(replayStatement(report.value)));
  const envelope = await signEnvelope(STATEMENT_PAYLOAD, payload, [signer.value]);
  if (!envelope.ok) return refuse([problem('not-signed', envelope.error)], world, false);
  const line = `${encodeEnvelope(envelope.value)}\n`;
  const put = await deliver(line, options.to, world);
  if (!put.ok) return refuse([put.error], world, false);
  if (put.value === undefined) {
    world.out.write(line);
    return ExitCode.ok;
  }
  const style = chooseStyle(world.variables, world.out.isTerminal);
  world.out.write(
    `${replaySummary(report.value, style)}\nsigned by ${signer.value.key.text}\nwritten to ${put.value}\n`,
  );
  return ExitCode.ok;
}

function chooseReport(wanted: string | undefined, world: World): Result<ReplayReport, Diagnostic> {
  const project = join(projectRoot(world.directory), '.repro');
  for (const {name, file, report} of readReports(project)) {
    if (wanted !== undefined && name !== wanted) continue;
    if (report.ok) return report;
    if (wanted !== undefined) return err(problem('unknown-replay', `${file}: ${report.error}`, AGAIN));
    // Not the newest then, and whoever asked for that is told.
    warn([passedOver(file, report.error)], world);
  }
  const message =
    wanted === undefined
      ? `no replay has ended yet in ${join(project, 'replays')}`
      : `no replay is called "${wanted}"`;
  return err(problem('unknown-replay', message, AGAIN));
}

const AGAIN = '`repro replay` makes one';

function passedOver(file: string, why: string): Diagnostic {
  const message = `${file}: ${why}; this replay is passed over`;
  return {severity: 'warning', code: 'unusable-record', message, help: 'name the replay that you mean'};
}

/** Where it went, in words; undefined: nowhere, so to standard output. */
async function deliver(
  line: string,
  to: string | undefined,
  world: World,
): Promise<Result<string | undefined, Diagnostic>> {
  if (to === undefined) return ok(undefined);
  const place = parsePublicationAddress(to);
  if (place === undefined) {
    const file = resolve(world.directory, to);
    writeFileSync(file, line);
    return ok(file);
  }
  if (place.wanted.by !== 'digest') {
    return err(
      problem('not-a-publication', `${to} names the newest of a name`, 'name one: …/publications/v1/DIGEST'),
    );
  }
  const found = findStore(place.bucket, world);
  if (!found.ok) return found;
  if (found.value.access !== 'read-write') {
    const help = 'write it to a file and send that to the author, or name the bucket as s3://…';
    return err(problem('read-only-store', `${place.bucket} can only be read from`, help));
  }
  try {
    const bucket = await openBucket(found.value);
    const key = await addTo(bucket, place.wanted.publication, line);
    await bucket.close();
    return ok(`${place.bucket}/${key}`);
  } catch (error) {
    throw fromBucket(error, place.bucket);
  }
}

/** Under the first number that is free: of two who come at the same time one gets the next. */
async function addTo(bucket: Bucket, publication: Digest, line: string): Promise<string> {
  const bytes = Buffer.from(line);
  for (let number = 1; ; number++) {
    const key = replayKey(publication, number);
    if ((await bucket.size(key)) !== undefined) continue;
    if ((await bucket.put(key, bytes, {ifAbsent: true})) === 'written') return key;
  }
}
