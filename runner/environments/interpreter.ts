import {realpathSync} from 'node:fs';
import {askProgram} from '../executors/ask-program.ts';
import {findProgram} from '../executors/find-program.ts';

/** Locks are complete for these; a newer Python would resolve to other wheels than the lock names. */
const SUPPORTED = ['3.11', '3.12'];
const CANDIDATES = ['python3.11', 'python3.12', 'python3', 'python'];

export interface Interpreter {
  /** Absolute, links resolved. */
  readonly executable: string;
  /** `3.11.7`: the standard library is the interpreter's, which no lock pins. */
  readonly version: string;
  /** Where its standard library lives, and maybe much that is none of a stage's business. */
  readonly prefix: string;
}

const ASK =
  'import sys; print(sys.executable, "%d.%d.%d" % sys.version_info[:3], sys.base_prefix, sep="\\n")';

/** The first Python on the path that the locks support. */
export async function findInterpreter(path: string): Promise<Interpreter | undefined> {
  for (const candidate of CANDIDATES) {
    const found = await askInterpreter(candidate, path);
    if (found !== undefined && SUPPORTED.includes(minorOf(found.version))) return found;
  }
  return undefined;
}

/** `3.11` of `3.11.7`. */
export function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

/** Undefined when `program` is not a working Python (a version manager's shim may exist and refuse). */
export async function askInterpreter(program: string, path: string): Promise<Interpreter | undefined> {
  if (findProgram(program, path) === undefined) return undefined;
  const answer = await askProgram(program, ['-E', '-s', '-c', ASK], path);
  const [executable, version, prefix] = answer.ok ? answer.stdout.split('\n') : [];
  if (executable === undefined || version === undefined || prefix === undefined) return undefined;
  return {executable: realpathSync(executable), version, prefix};
}

/**
 * A Python may live in `~/.local`, and its prefix is then where a user's keyrings are. What it needs is its program,
 * its standard library, its headers, and the libraries that it and the standard library's modules load: they are
 * loaded, and the process's own map is read. Links that lead to one of those are needed under their own name.
 */
const ASK_NEEDS = `
import importlib, os, sys, sysconfig
paths = [os.path.realpath(sys.executable), os.path.dirname(os.path.realpath(os.__file__))]
paths += [sysconfig.get_path(name) or "" for name in ("stdlib", "platstdlib", "include", "platinclude")]
folder = os.path.join(sysconfig.get_path("platstdlib"), "lib-dynload")
for file in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
    name = file.split(".")[0]
    if file.endswith(".so") and not name.startswith(("_test", "xx", "_xx")):
        try:
            importlib.import_module(name)
        except BaseException:
            pass
mapped = {line.rstrip("\\n").split(None, 5)[5] for line in open("/proc/self/maps") if ".so" in line and "/" in line}
folders = {}
for path in sorted(mapped):
    here = os.path.dirname(path)
    folders.setdefault(here, []).append(path)
for here, files in folders.items():
    paths += files
    if os.path.isdir(here) and not here.startswith(("/usr/", "/lib")):
        links = [os.path.join(here, name) for name in os.listdir(here) if ".so" in name]
        paths += [link for link in links if os.path.islink(link) and os.path.realpath(link) in files]
seen = []
for path in paths:
    inside = any(path == other or path.startswith(other + os.sep) for other in seen)
    if path and os.path.exists(path) and not inside and not path.startswith(("/usr/", "/lib/", "/lib64/")):
        seen.append(path)
print("\\n".join(seen))
`;

/** Files and folders that the interpreter needs to see, beside those of the system. Undefined: it can't say. */
export async function whatItNeeds(
  {executable}: Interpreter,
  path: string,
): Promise<readonly string[] | undefined> {
  const answer = await askProgram(executable, ['-I', '-c', ASK_NEEDS], path);
  return answer.ok ? answer.stdout.split('\n').filter((line) => line.startsWith('/')) : undefined;
}
