import {join, relative} from 'node:path/posix';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import type {RunRecord2} from '../../../schemas/run-record.ts';
import type {Planned} from '../../audit/check-plan.ts';
import type {PublishedCode} from '../../audit/published-code.ts';
import type {FileReader} from '../../load/file-reader.ts';
import {loadPlan} from '../../plan/load-plan.ts';

/** Names of places in memory: nothing of a stranger's pipeline is written to disk to plan it. */
const PROJECT = '/published/project';
const STAGES = '/published/stages';
const BUILT_IN = 'builtin:';

/** The contract of a kind that comes with this repro: for stages that were not run, and so not published. */
export type OwnContract = (kind: string) => Uint8Array | undefined;

/** A published pipeline planned again, with the contracts that it was published with. */
export function planPublished(
  {pipeline, source: {folders}}: RunRecord2,
  source: PublishedCode,
  ownContract: OwnContract = () => undefined,
): Result<Planned, string> {
  const files = withOwn(filesOf(source), ownContract);
  const loaded = loadPlan({
    file: join(PROJECT, source.file),
    profile: chosenProfile(pipeline.profile),
    overrides: pipeline.overrides,
    stagesDirectory: STAGES,
    files: inMemory(files),
  });
  if (!loaded.ok) return err(loaded.error[0]?.message ?? 'it is not valid');
  const digestAt = (path: string) => {
    const bytes = files.get(path);
    return bytes === undefined ? undefined : digestOfBytes(bytes);
  };
  const code = (folder: string) => {
    const name = folderName(folder);
    return Object.hasOwn(folders, name) ? folders[name]?.digest : undefined;
  };
  return ok({plan: loaded.value.plan, lock: digestAt, code});
}

/** A pipeline without profiles goes by the name of one that it does not declare. */
export function chosenProfile(recorded: string): string | undefined {
  return recorded === 'default' ? undefined : recorded;
}

function filesOf({files, contracts}: PublishedCode): ReadonlyMap<string, Uint8Array> {
  const all = new Map<string, Uint8Array>();
  for (const [path, bytes] of files) all.set(join(PROJECT, path), bytes);
  for (const [folder, contract] of contracts) all.set(join(folderPath(folder), 'stage.yaml'), contract);
  return all;
}

function folderPath(name: string): string {
  return name.startsWith(BUILT_IN) ? join(STAGES, name.slice(BUILT_IN.length)) : join(PROJECT, name);
}

function folderName(path: string): string {
  if (path.startsWith(`${STAGES}/`)) return `${BUILT_IN}${relative(STAGES, path)}`;
  return relative(PROJECT, path);
}

interface Files {
  get(path: string): Uint8Array | undefined;
  keys(): Iterable<string>;
}

/** What the run did not need of repro's own kinds; what it ran is always as published. */
function withOwn(published: ReadonlyMap<string, Uint8Array>, ownContract: OwnContract): Files {
  return {
    keys: () => published.keys(),
    get(path) {
      const [, kind] = CONTRACT.exec(path) ?? [];
      return published.get(path) ?? (kind === undefined ? undefined : ownContract(kind));
    },
  };
}

const CONTRACT = /^\/published\/stages\/([a-z][a-z0-9_-]{0,63})\/stage\.yaml$/;

function inMemory(files: Files): FileReader {
  const paths = [...files.keys()];
  const below = (path: string) => paths.filter((each) => each.startsWith(`${path}/`));
  return {
    read(path, limit) {
      const bytes = files.get(path);
      if (bytes === undefined) return 'missing';
      return bytes.length > limit ? 'too-large' : bytes;
    },
    kindOf(path) {
      if (files.get(path) !== undefined) return 'file';
      return below(path).length > 0 ? 'directory' : 'missing';
    },
    list: (path) =>
      [...new Set(below(path).map((each) => each.slice(path.length + 1).split('/')[0] ?? ''))].sort(),
  };
}
