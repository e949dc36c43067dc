import {ExitCode} from './exit-code.ts';

interface About {
  /** What a command ends with that meets it; of a warning alone, 0. */
  readonly exit: ExitCode;
  readonly about: string;
}

const usage = (about: string) => ({exit: ExitCode.usage, about}) as const;
const store = (about: string) => ({exit: ExitCode.store, about}) as const;
const warning = (about: string) => ({exit: ExitCode.ok, about}) as const;

/**
 * Every code of a diagnostic, the one list: what a command ends with is decided by the trouble, not by the command.
 * `diagnostic-codes.md` is printed from it.
 */
export const DIAGNOSTIC_CODES = {
  // A file's bytes, and its YAML.
  'unreadable-file': usage('a file that was named is not there, is no file, or may not be read'),
  'file-too-large': usage('a file of text is larger than 16 MiB'),
  'not-utf-8': usage('a file’s text is not UTF-8'),
  'control-character': usage('a text holds a character that no program can be given'),
  'yaml-syntax': usage('it is not YAML'),
  'yaml-feature': usage('anchors, tags, merge keys and second documents are not taken'),
  'unquoted-reference': usage('a reference is not in quotes'),
  'too-deep': usage('a document is nested too deeply'),
  'too-many-nodes': usage('a document has too many values'),
  'duplicate-key': usage('a key is given twice'),
  'forbidden-key': usage('a key has a name of JavaScript’s own'),
  'number-range': usage('a number is not finite, or loses digits'),

  // The shape of a document, and what is laid over it.
  'unknown-key': usage('a key means nothing here'),
  'missing-key': usage('a key is not there'),
  'misplaced-key': usage('a key belongs elsewhere'),
  'wrong-shape': usage('a value is of another shape'),
  'bad-name': usage('a name holds what names can’t hold'),
  'duplicate-name': usage('two files declare one name'),
  'include-mismatch': usage('an included file is not what its pin says'),
  'unknown-profile': usage('there is no such profile'),
  'bad-override': usage('-p is not of the form key=value'),
  'too-many-problems': usage('those before it are not all'),

  // Params, references, stages.
  'unknown-param': usage('there is no such param'),
  'missing-param': usage('a param without a default is not given'),
  'bad-param': usage('a param is declared as it can’t be'),
  'wrong-type': usage('a value is of another type'),
  'out-of-bounds': usage('a number is too small or too large'),
  'not-in-enum': usage('a value is none of those allowed'),
  'bad-reference': usage('a reference can’t be read'),
  'unknown-reference': usage('a reference leads nowhere'),
  'unknown-output': usage('a stage has no such output'),
  'unknown-value': usage('a stage has no such value'),
  'unknown-source': usage('there is no such source'),
  'wrong-reference': usage('a reference is to something that can’t stand here'),
  'kind-mismatch': usage('an artifact is of another kind than the input takes'),
  cycle: usage('stages wait for each other'),
  'unknown-input': usage('a stage has no such input'),
  'missing-input': usage('an input is not given'),
  'unknown-kind': usage('there is no such kind of stage'),
  'bad-contract': usage('a stage.yaml contradicts itself'),
  'closed-kind': usage('a kind takes no more than its contract says'),
  'seed-not-taken': usage('a stage takes no seed'),
  'bad-chain': usage('a chain of rounds can’t go on as written'),
  'unknown-round': usage('there is no such round'),
  'bad-label': usage('a matrix gives a label that names can’t hold, or one twice'),
  'too-many-stages': usage('a pipeline has too many stages'),
  'no-stages': usage('a pipeline has no stages'),
  'unknown-environment': usage('there is no such environment'),
  'ambiguous-environment': usage('a stage does not say which environment it runs in'),
  'bad-resource': usage('a resource is no such amount'),
  'bad-variable': usage('a variable can’t be set so'),
  'bad-source': usage('a source is not written as one'),
  'missing-file': warning('a file that a run needs is not there'),

  // What a run depends on, seen before it runs.
  'unpinned-source': usage('a source has no pin; a warning while nothing runs'),
  'missing-source': usage('a source’s file is not there'),
  'unusable-source': usage('a source’s folder holds what no artifact can'),
  'changed-source': usage('a source’s bytes are not those of its pin'),
  'unusable-stage-folder': usage('a stage folder can’t be hashed'),
  'unusable-sdk': usage('the stages’ own helper can’t be hashed'),
  'changed-code': usage('a stage’s code was changed while it was read'),
  'no-lock': usage('an environment’s lock can’t be read'),
  'unhashed-lock': usage('an environment’s lock has a line without a hash'),
  'bad-lock': usage('an environment’s lock says what a lock may not, or not to a stranger’s'),
  'unconfined-build': usage('building an environment would execute code, and nothing here confines it'),
  'changed-environment': store('a built environment is not what it was'),
  disk: store('the disk, its rights or this process’s limits refused what was asked of them'),
  'unusable-record': store('something lies where a run’s record belongs that is none'),
  'clock-doubt': store('what lies in a store is from the future, or the clock is wrong'),
  leftovers: warning('something that a stage left can’t be removed'),
  'memory-watched': warning('memory is watched here, and not limited by the kernel'),
  'unused-warm': warning('a warm.py beside a lock is never run'),
  'no-interpreter': usage('there is no Python to start stages with'),
  'build-failed': {exit: ExitCode.stageFailed, about: 'an environment can’t be built'},
  'no-sandbox': usage('stages can’t be confined, or (a warning) were not'),

  // What a command was asked for.
  'unknown-stage': usage('there is no such stage'),
  'unknown-run': usage('there is no such run in this project'),
  'unknown-replay': usage('there is no such replay to sign'),
  'unknown-thing': usage('what is to be compared is not there'),
  'unknown-artifact': usage('a run made no such artifact'),
  'unknown-schema': usage('there is no such schema'),
  'unknown-trust': usage('no such content is trusted'),
  'no-folder': usage('a folder is not there'),
  occupied: usage('something is there already'),
  'bad-sample': usage('--sample is no size'),
  'bad-seed': usage('--seed is no text'),
  'bad-beacon': usage('--beacon can’t be read'),
  'bad-budget': usage('--budget is no percentage'),
  'bad-grade': usage('--grade needs a budget'),
  'changed-file': usage('a file was changed while repro worked on it'),
  'pin-not-editable': usage('a pin is written so that it can’t be edited'),
  'unfetched-source': {exit: ExitCode.stageFailed, about: 'a source can’t be fetched'},

  // Runs, keys and publications of one's own.
  'not-a-run': usage('an object is not the record of a run'),
  'old-record': usage('a run was recorded before its source was kept'),
  'unfinished-run': usage('a run has not succeeded'),
  'no-license': usage('a pipeline to publish says no license'),
  'no-author': usage('a pipeline to publish says no author'),
  'secret-found': usage('what would be published holds a secret'),
  'not-included': warning('bytes are not in the store, so not published'),
  nondeterminism: warning('a store has other results for the same keys'),
  'not-signed': usage('signing did not work'),
  'no-key': usage('there is no key to sign with'),
  'no-new-key': usage('a key can’t be made'),
  'bad-key': usage('a text is no public key'),
  'bad-key-name': usage('a key has no name'),
  'trusted-already': usage('a name is of another key'),
  'bad-trusted-keys': usage('the file of trusted keys can’t be read'),

  // Somebody else's pipeline.
  'not-a-publication': usage('an address is not that of a publication'),
  'not-a-guest': usage('an address does not say to the byte what to run'),
  'bad-guest': usage('what somebody else’s address leads to can’t be run'),
  'not-trusted': usage('nobody said that it may run'),
  'bad-publication': {
    exit: ExitCode.differentBits,
    about: 'a publication, or the record that it names, is not what its digest says',
  },
  'bad-signature': {exit: ExitCode.differentBits, about: 'a publication is not signed by whom it says'},

  // Stores, and the network before them.
  'two-stores': usage('more stores are named than one of each sort'),
  'unknown-store': usage('there is no such store'),
  'bad-store': usage('a store’s address can’t be read'),
  'stage-store': usage('a store of stages is not one to look after'),
  'read-only-store': usage('a store can only be read from'),
  'same-kind': usage('two stores to compare are one'),
  'too-eager': usage('a grace period protects nobody'),
  'no-publication': store('a publication is not there, or is none'),
  'not-there': store('a store does not have what was asked of it'),
  'missing-bytes': store('a store has not all bytes of a run'),
  'no-source': store('what a recorded run was made from can’t be had'),
  store: store('the store itself fails'),
  'bucket-denied': store('a bucket may not be read or written'),
  'bucket-no-bucket': store('there is no such bucket, or folder'),
  'bucket-busy': store('a bucket asks for patience'),
  'bucket-damaged': store('bytes were damaged on their way'),
  'bucket-truncated': store('an answer ended too early'),
  'bucket-unreachable': store('nothing answers'),
  'bucket-refused': store('a server answers what repro can’t use'),
  'bucket-bad-file': store('a file to send is not what its digest says'),

  // The end of all lists.
  'output-lost': {exit: ExitCode.outputLost, about: 'what was to be printed could not be written'},
  unexpected: {exit: ExitCode.bug, about: 'a bug in repro'},
} as const satisfies Readonly<Record<string, About>>;

export type DiagnosticCode = keyof typeof DIAGNOSTIC_CODES;

export function exitCodeOfTrouble(code: DiagnosticCode): ExitCode {
  return DIAGNOSTIC_CODES[code].exit;
}
