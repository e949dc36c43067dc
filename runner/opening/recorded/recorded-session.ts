import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {ownedName} from '../../../artifacts/owner.ts';
import type {Diagnostic} from '../../../schemas/diagnostic.ts';
import {ok, type Result} from '../../../schemas/result.ts';
import {ArtifactReader} from '../../compare/artifact-reader.ts';
import type {RunShelf} from '../../run/run-directory.ts';
import {openSession, type Session} from '../pipeline/run-session.ts';
import {projectRoot} from '../world/directories.ts';
import {quietReporter} from './quiet-reporter.ts';
import type {RecordedRun} from './recorded-run.ts';

/**
 * Executes stages of a recorded run, and closes what that needs. One at a time: two sessions of one process would
 * clear each other's scratch directories away.
 */
export async function inSession<T>(
  {options, opened, store, facts, world}: RecordedRun,
  act: (session: Session) => Promise<T>,
  shelf: RunShelf = 'replays',
): Promise<Result<T, Diagnostic>> {
  const project = join(projectRoot(world.directory), '.repro');
  const reporter = quietReporter(world, options.json);
  const session = await openSession({options, opened, store, facts, project, shelf, reporter}, world);
  if (!session.ok) return session;
  try {
    return ok(await act(session.value));
  } finally {
    await session.value.close();
  }
}

/** Closing a session clears what its process left in the store, so a reader is opened when needed and gone before the next. */
export async function reading<T>(run: RecordedRun, act: (reader: ArtifactReader) => Promise<T>): Promise<T> {
  const {store, world} = run;
  using reader = new ArtifactReader(async () => ({
    store: store.artifacts,
    folder: join(store.layout.temporary, ownedName(world.owner, randomBytes(12).toString('hex'))),
  }));
  return await act(reader);
}
