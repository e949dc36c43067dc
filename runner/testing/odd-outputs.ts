/** What standard output and standard error may be. */
export type OddOutput =
  /** As the test has it: read to its end. */
  | 'read'
  /** A pipe whose reader has gone. */
  | 'unread'
  /** A device without space. */
  | 'full'
  /** Not open at all: `>&-`. */
  | 'absent'
  /** Opened for reading: `1<file`. */
  | 'read-only';

/** Starts what follows it with these two outputs; what it ends with is passed on. */
export function withOutputs(out: OddOutput, err: OddOutput): readonly string[] {
  return ['python3', '-c', LAUNCHER, out, err];
}

const LAUNCHER = `
import os, subprocess, sys
def lead(number, how):
    if how == 'unread':
        reader, writer = os.pipe()
        os.close(reader)
        os.dup2(writer, number)
    if how == 'full':
        os.dup2(os.open('/dev/full', os.O_WRONLY), number)
    if how == 'read-only':
        os.dup2(os.open('/dev/null', os.O_RDONLY), number)
    if how == 'absent':
        os.close(number)
def leads():
    lead(1, sys.argv[1])
    lead(2, sys.argv[2])
code = subprocess.run(sys.argv[3:], preexec_fn=leads).returncode
sys.exit(code if code >= 0 else 128 - code)
`;
