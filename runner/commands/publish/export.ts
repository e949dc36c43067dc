import {existsSync} from 'node:fs';
import {resolve} from 'node:path';
import {canonicalJson} from '../../../schemas/canonical-json.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import {err, ok, type Result, unreachable} from '../../../schemas/result.ts';
import {DEFAULT_KEY, fileSigner} from '../../attest/key-file.ts';
import {refuse} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {signStages} from '../../publish/bundle.ts';
import {type ExportFiles, writeExport} from '../../publish/export-files.ts';
import {modelCard} from '../../publish/model-card.ts';
import type {PublishableRun} from '../../publish/publishable.ts';
import {roCrate} from '../../publish/ro-crate.ts';
import {line} from '../../report/lines.ts';
import {configurationDirectory} from '../../stores/find-store.ts';
import {plural} from '../../words/quantity-text.ts';
import {openPublishable} from './open-publishable.ts';

export interface ExportOptions {
  readonly run: string | undefined;
  readonly format: 'ro-crate' | 'model-card' | 'intoto';
  readonly to: string;
  readonly stores: readonly string[];
  readonly key: string | undefined;
}

/** `repro export [RUN] --format F --to DIR`: a run, in words that others know. */
export async function exportRun(options: ExportOptions, world: World): Promise<ExitCode> {
  const folder = resolve(world.directory, options.to);
  if (existsSync(folder)) return refuse([occupied(folder)], world, false);
  const opened = await openPublishable(options, world);
  if (!opened.ok) return refuse(opened.error, world, false);
  const {run, store} = opened.value;
  try {
    const files = await filesOf(run, options, world);
    if (!files.ok) return refuse([files.error], world, false);
    await writeExport(files.value, folder, store.artifacts);
    const {documents, artifacts} = files.value;
    const what = [
      plural(documents.size, 'document'),
      ...(artifacts.size > 0 ? [plural(artifacts.size, 'artifact')] : []),
    ];
    world.out.write(line(`${folder}: ${what.join(' and ')}`));
    return ExitCode.ok;
  } finally {
    await store.close();
  }
}

async function filesOf(
  run: PublishableRun,
  {format, key}: ExportOptions,
  world: World,
): Promise<Result<ExportFiles, Diagnostic>> {
  switch (format) {
    case 'ro-crate':
      return ok(roCrate(run, world.now()));
    case 'model-card':
      return ok(modelCard(run));
    case 'intoto':
      return bundle(run, key ?? DEFAULT_KEY, world);
    default:
      return unreachable(format);
  }
}

/** Statements of every stage, signed, and the record that they are about. */
async function bundle(
  run: PublishableRun,
  name: string,
  world: World,
): Promise<Result<ExportFiles, Diagnostic>> {
  const signer = fileSigner({configuration: configurationDirectory(world.variables), name});
  if (!signer.ok) return err(problem('no-key', signer.error.message, signer.error.help));
  const lines = await signStages(run, signer.value);
  if (!lines.ok) return err(problem('not-signed', lines.error));
  const documents = new Map([
    [`${run.record.pipeline.name}.intoto.jsonl`, lines.value.map((line) => `${line}\n`).join('')],
    ['run-record.json', canonicalJson(run.record)],
  ]);
  return ok({documents, artifacts: new Map()});
}

function occupied(folder: string): Diagnostic {
  return problem('occupied', `${folder} is there already`, 'name a folder that is not there yet: --to');
}
