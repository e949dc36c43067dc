import {digestOfBytes} from '../../artifacts/hashing.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Publication, Publication2, PublishedContents} from '../../schemas/publication.ts';
import {ok, type Result} from '../../schemas/result.ts';
import {STATEMENT_PAYLOAD} from '../../schemas/statement.ts';
import {encodeEnvelope, signEnvelope} from '../attest/dsse.ts';
import type {PublicKey} from '../attest/public-key.ts';
import type {Signer} from '../attest/signer.ts';
import {runStatement, stageStatements, statementBytes} from '../attest/statements.ts';
import type {PublishableRun} from './publishable.ts';
import type {Published} from './sequence.ts';

/** What each stage's statement says, to the byte, by stage. */
function stagePayloads(run: PublishableRun): ReadonlyMap<string, Uint8Array> {
  return new Map([...stageStatements(run)].map(([stage, statement]) => [stage, statementBytes(statement)]));
}

export interface PublicationFacts {
  /** The signer's. */
  readonly key: Pick<PublicKey, 'id' | 'text'>;
  readonly contents: PublishedContents;
  readonly publishedAt: string;
  readonly recordSize: number;
}

/** The document, for the place in a sequence that comes after `previous`. */
export function publicationAfter(
  previous: Published | undefined,
  run: PublishableRun,
  facts: PublicationFacts,
): Publication2 {
  const {pipeline} = run.record;
  const statements: Record<string, Digest> = {};
  for (const [stage, payload] of stagePayloads(run)) statements[stage] = digestOfBytes(payload);
  return {
    publication: 2,
    name: pipeline.name,
    sequence: (previous?.sequence ?? 0) + 1,
    previous: previous?.publication ?? null,
    publishedAt: facts.publishedAt,
    signer: facts.key.id,
    key: facts.key.text,
    contents: facts.contents,
    license: run.license,
    authors: pipeline.authors,
    description: pipeline.description,
    citation: pipeline.citation,
    run: {type: 'blob', digest: run.digest, size: facts.recordSize},
    statements,
  };
}

export function publicationBytes(publication: Publication): Uint8Array {
  return Buffer.from(canonicalJson(publication));
}

/** Signed once: they say nothing of the place in the sequence. One envelope a line. */
export async function signStages(
  run: PublishableRun,
  signer: Signer,
): Promise<Result<readonly string[], string>> {
  const lines: string[] = [];
  for (const payload of stagePayloads(run).values()) {
    const line = await sign(payload, signer);
    if (!line.ok) return line;
    lines.push(line.value);
  }
  return ok(lines);
}

export function signRun(
  run: PublishableRun,
  publication: Publication,
  signer: Signer,
): Promise<Result<string, string>> {
  return sign(statementBytes(runStatement(run, publication)), signer);
}

async function sign(payload: Uint8Array, signer: Signer): Promise<Result<string, string>> {
  const envelope = await signEnvelope(STATEMENT_PAYLOAD, payload, [signer]);
  return envelope.ok ? ok(encodeEnvelope(envelope.value)) : envelope;
}
