import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import type {World} from '../../opening/world/world.ts';
import {knownSecrets} from '../../publish/known-secrets.ts';
import {filesOf, type SecretFinding, searchContents} from '../../publish/secret-search.ts';
import {TOKEN_PATTERNS} from '../../publish/token-patterns.ts';
import {searchedText} from '../../report/publish-text.ts';
import type {PublishableHere} from './open-publishable.ts';

export interface SearchOptions {
  /** Ids of findings that were looked at and are none. */
  readonly allowed: readonly string[];
  readonly json: boolean;
}

/**
 * Everything that publishing would send, read once and searched. Publication and statements say nothing that the record
 * does not say, so it stands for them. A refusal names file and kind, never the secret.
 */
export async function searchForSecrets(
  {run, contents, store}: PublishableHere,
  {allowed, json}: SearchOptions,
  world: World,
): Promise<Result<undefined, readonly Diagnostic[]>> {
  const secrets = knownSecrets(world.variables);
  const record = {what: 'the run record', type: 'blob', digest: run.digest} as const;
  const files = filesOf([record, ...contents.artifacts], store.artifacts);
  const {findings, files: count, bytes} = await searchContents(files, secrets);
  const open = findings.filter(({id}) => !allowed.includes(id));
  if (open.length > 0) return err(refusalsOf(open));
  const text = {
    files: count,
    bytes,
    secrets: secrets.length,
    tokens: new Set(TOKEN_PATTERNS.map(({name}) => name)).size,
    allowed: findings.length,
  };
  if (!json) world.out.write(searchedText(text));
  return ok(undefined);
}

const MOST_SHOWN = 20;

function refusalsOf(findings: readonly SecretFinding[]): readonly Diagnostic[] {
  const shown: Diagnostic[] = findings
    .slice(0, MOST_SHOWN)
    .map(({id, what, where, at}) =>
      problem(
        'secret-found',
        `${where} holds ${what}, at byte ${at}`,
        `take it out and run again; if it is a false alarm: --allow-finding ${id}`,
      ),
    );
  if (findings.length <= MOST_SHOWN) return shown;
  const message = `and ${findings.length - MOST_SHOWN} findings more`;
  return [...shown, problem('secret-found', message)];
}
