import {existsSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {objectPath} from '../../../artifacts/layout.ts';
import {canonicalJson} from '../../../schemas/canonical-json.ts';
import {type Digest, hexOf} from '../../../schemas/digest.ts';
import type {Publication} from '../../../schemas/publication.ts';
import type {RunRecord2} from '../../../schemas/run-record.ts';
import {parseEnvelope, verifyEnvelope} from '../../attest/dsse.ts';
import {parsePublicKey} from '../../attest/public-key.ts';
import {runStatement, stageStatements, statementBytes} from '../../attest/statements.ts';
import {ABOUT, printed, publishingProject, STAGES} from '../../publish/testing/publishing-project.ts';
import {from, shell} from '../../testing/pipeline-text.ts';
import type {Rig} from '../../testing/rig.ts';

describe('repro publish', () => {
  it('sends a run, signs it, and ends with the line for a colleague', async () => {
    await using rig = await publishingProject();
    expect(await printed(rig, 'publish', '--to', '../out')).toMatchInlineSnapshot(`
      "tiny · run <short> · 2 stages · to ../out
      signed with default, ed25519:<key>
      searched <n> files, <bytes>, for 0 secrets of yours and 5 sorts of tokens: none found
      sent <n> objects, <bytes>

      published as number 1 of tiny, <digest>

      Send this line to whoever should check it:

        repro audit <root>/out/publications/v1/<hex> --key ed25519:<key>
      [0]"
    `);
    const {publication, record, payloads, key} = await published(rig, 1);
    expect(publication).toMatchObject({
      ...ABOUT,
      name: 'tiny',
      sequence: 1,
      previous: null,
      description: 'A test.',
    });
    expect(digestOfBytes(canonicalJson(record))).toBe(publication.run.digest);
    // Every stage's statement, and the run's, which names them: made again from the record, they are the same bytes.
    const run = {record, digest: publication.run.digest};
    const stages = [...stageStatements(run)].map(([, statement]) => statementBytes(statement));
    const wanted = [...stages, statementBytes(runStatement(run, publication))];
    expect(payloads.map(text)).toEqual(wanted.map(text));
    expect(new Set(Object.values(publication.statements))).toEqual(new Set(stages.map(digestOfBytes)));
    expect(key.id).toBe(publication.signer);
    // A bucket has what a disk store has: what the record names is there under its digest.
    for (const stage of record.stages) {
      if (stage.state !== 'executed') throw new Error(stage.state);
      for (const {digest} of Object.values(stage.receipt.outputs)) inBucket(rig, digest);
    }
    for (const {digest} of [record.source.files, record.source.sdk]) inBucket(rig, digest);
  });

  it('says again, and writes nothing, when the run is the newest already', async () => {
    await using rig = await publishingProject();
    await rig.repro(['publish', '--to', '../out']);
    const before = filesIn(rig);
    expect(await printed(rig, 'publish', '--to', '../out')).toMatchInlineSnapshot(`
      "tiny · run <short> · 2 stages · to ../out
      signed with default, ed25519:<key>
      searched <n> files, <bytes>, for 0 secrets of yours and 5 sorts of tokens: none found
      sent <n> objects, <bytes>; <n> were there

      published already, as number 1 of tiny, <digest>

      Send this line to whoever should check it:

        repro audit <root>/out/publications/v1/<hex> --key ed25519:<key>
      [0]"
    `);
    expect(filesIn(rig)).toEqual(before);
  });

  it('numbers what is published under a name, and each names the one before', async () => {
    await using rig = await publishingProject();
    await rig.repro(['publish', '--to', '../out']);
    rig.pipeline({...STAGES, more: shell('echo more > outputs/out')}, ABOUT);
    await rig.run();
    const second = JSON.parse((await rig.repro(['publish', '--to', '../out', '--json'])).stdout);
    expect(second).toMatchObject({published: true, sequence: 2, again: false});
    const first = await published(rig, 1);
    const {publication, digest} = await published(rig, 2);
    expect(publication).toMatchObject({sequence: 2, previous: first.digest});
    expect(second.publication).toBe(digest);
    expect(second.url).toBe(join(rig.root, 'out/publications/v1', hexOf(digest)));
  });

  it('sends nothing with --dry-run', async () => {
    await using rig = await publishingProject();
    expect(await printed(rig, 'publish', '--to', '../out', '--dry-run')).toMatchInlineSnapshot(`
      "tiny · run <short> · 2 stages · to ../out
      signed with default, ed25519:<key>
      searched <n> files, <bytes>, for 0 secrets of yours and 5 sorts of tokens: none found
      nothing was sent (--dry-run)
      [0]"
    `);
    expect(existsSync(join(rig.root, 'out'))).toBe(false);
  });

  it('warns of stages that ran unconfined, and of sources that it does not have', async () => {
    await using rig = await publishingProject();
    rig.write({'text.txt': 'hello'});
    const copy = shell('cp inputs/text outputs/out', {inputs: {text: from('sources.text')}});
    const text = {file: 'text.txt', kind: 'text', sha256: hexOf(digestOfBytes('hello'))};
    rig.pipeline({copy, ...STAGES}, {...ABOUT, sources: {text}});
    await rig.run('--no-cache', '--sandbox', 'none', '--until', 'copy');
    expect(await printed(rig, 'publish', '--to', '../out', '--dry-run')).toMatchInlineSnapshot(`
      "tiny · run <short> · 1 stage · to ../out
      signed with default, ed25519:<key>
      searched <n> files, <bytes>, for 0 secrets of yours and 5 sorts of tokens: none found
      nothing was sent (--dry-run)
      warning[no-sandbox]: copy ran without a sandbox, and could have read what they did not declare

      [0]"
    `);
    // What only passed through, and is no stage's output, may be gone from the store: a cached stage needs no source.
    rig.pipeline(
      {copy: {...copy, with: {argv: ['sh', '-c', 'echo other > outputs/out']}}},
      {...ABOUT, sources: {text}},
    );
    await rig.run();
    rmSync(objectPath(rig.layout, digestOfBytes('hello')));
    expect(await printed(rig, 'publish', '--to', '../out', '--dry-run')).toContain(
      'warning[not-included]: not in the store, so not published: input text of copy',
    );
  });

  it('signs with an SSH key', async (context) => {
    await using rig = await publishingProject();
    const {execFileSync} = await import('node:child_process');
    const file = join(rig.root, 'id_ed25519');
    try {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ada@example', '-f', file]);
    } catch {
      context.skip(true, 'NOT TESTED: no ssh-keygen on the PATH');
    }
    const ended = await rig.repro(['publish', '--to', '../out', '--ssh-key', '../id_ed25519', '--json']);
    const {key: written} = JSON.parse(ended.stdout);
    expect(written).toMatch(/^ssh-ed25519 AAAA\S+$/);
    expect((await published(rig, 1, written)).payloads).toHaveLength(3);
  });
});

/** What is in the bucket, read with nothing but the layout that its README gives, and verified. */
async function published(rig: Rig, sequence: number, text?: string) {
  const [signer = ''] = readdirSync(join(rig.root, 'out/names/v1')).filter(
    (id) => text === undefined || id === keyOf(text).id,
  );
  const entry = JSON.parse(inOut(rig, `names/v1/${signer}/tiny/${String(sequence).padStart(8, '0')}.json`));
  const digest = entry.publication as Digest;
  const bytes = inOut(rig, `publications/v1/${hexOf(digest)}/publication.json`);
  expect(digestOfBytes(bytes)).toBe(digest);
  const publication = JSON.parse(bytes) as Publication;
  const record = JSON.parse(inBucket(rig, publication.run.digest)) as RunRecord2;
  const key = keyOf(text ?? readFileSync(join(rig.home, '.config/repro/keys/default.pub'), 'utf8'));
  const payloads: Uint8Array[] = [];
  for (const line of inOut(rig, `publications/v1/${hexOf(digest)}/attestations.intoto.jsonl`)
    .trim()
    .split('\n')) {
    const envelope = parseEnvelope(Buffer.from(line));
    const verified = envelope.ok ? await verifyEnvelope(envelope.value, [{name: 'ada', key}], {}) : envelope;
    if (!verified.ok) throw new Error(verified.error);
    payloads.push(verified.value.payload);
  }
  return {digest, publication, record, payloads, key};
}

function keyOf(text: string) {
  const key = parsePublicKey(text);
  if (!key.ok) throw new Error(key.error);
  return key.value;
}

function inOut(rig: Rig, path: string): string {
  return readFileSync(join(rig.root, 'out', path), 'utf8');
}

function inBucket(rig: Rig, digest: Digest): string {
  const hex = hexOf(digest);
  const bytes = inOut(rig, `objects/v1/${hex.slice(0, 2)}/${hex}`);
  expect(digestOfBytes(bytes)).toBe(digest);
  return bytes;
}

function filesIn(rig: Rig): readonly string[] {
  return readdirSync(join(rig.root, 'out'), {recursive: true, encoding: 'utf8'}).sort();
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
