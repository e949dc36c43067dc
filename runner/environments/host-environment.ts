import {join} from 'node:path';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {askProgram} from '../executors/ask-program.ts';
import type {EnvironmentFailure, ReadyEnvironment} from './environment.ts';
import {askInterpreter, whatItNeeds} from './interpreter.ts';

const LIST_PACKAGES = `
import importlib.metadata, json, sys
packages = sorted({(d.metadata["Name"] or "", d.version) for d in importlib.metadata.distributions()})
print(json.dumps({"python": sys.version, "packages": packages}))
`;

/**
 * `environment: host`: the Python that is there, with what is installed in it. Fingerprinted, so that a
 * changed package is a new key, but nobody else can rebuild it: the receipt marks it as `host`.
 */
export async function hostEnvironment(path: string): Promise<Result<ReadyEnvironment, EnvironmentFailure>> {
  const python = (await askInterpreter('python3', path)) ?? (await askInterpreter('python', path));
  if (python === undefined) return err(noPython());
  const listing = await askProgram(python.executable, ['-c', LIST_PACKAGES], path);
  if (!listing.ok) return err(noPython());
  const needs = await whatItNeeds(python, path);
  if (needs === undefined) return err(noPython());
  return ok({
    identity: {
      type: 'host',
      fingerprint: digestOfBytes(Buffer.from(canonicalJson(JSON.parse(listing.stdout)))),
    },
    python: {in: 'host', executable: python.executable},
    // What is installed in it may load libraries that lie beside its own, as conda's do.
    libraries: [...needs, ...['lib', 'lib64'].map((name) => join(python.prefix, name))],
  });
}

function noPython(): EnvironmentFailure {
  return {
    code: 'no-interpreter',
    message: '`environment: host` needs a `python3` on the PATH, and there is none that works',
    help: 'install Python, or name an environment with a lock in the pipeline',
  };
}
