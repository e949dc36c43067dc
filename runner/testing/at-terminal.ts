/** What happens to the terminal: nothing; it goes away; it goes away and the program was started with `nohup`. */
export type Fate = 'stays' | 'hangs-up' | 'hangs-up-ignored';

/**
 * Starts what follows it at a terminal of its own, 100 columns wide, and prints all that it showed. With another
 * fate the terminal goes as soon as it has shown `until`.
 */
export function atTerminal(fate: Fate = 'stays', until = ''): readonly string[] {
  return ['python3', '-c', LAUNCHER, fate, until];
}

const LAUNCHER = `
import fcntl, os, pty, signal, struct, sys, termios
fate, until, argv = sys.argv[1], sys.argv[2].encode(), sys.argv[3:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 100, 0, 0))
    if fate == 'hangs-up-ignored':
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.execvp(argv[0], argv)
shown = b''
while True:
    try:
        more = os.read(terminal, 65536)
    except OSError:
        break
    if not more:
        break
    shown += more
    if fate != 'stays' and until in shown:
        break
os.close(terminal)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.buffer.write(shown)
sys.stdout.flush()
sys.exit(code if code >= 0 else 128 - code)
`;
