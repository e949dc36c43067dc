"""Inside the sandbox of a stage with `network: true`: leads its connections to the runner's proxy.

argv: PORT SOCKET PROGRAM [ARGUMENT…]. It listens at 127.0.0.1:PORT in the stage's own network, starts a relay that is
nobody's child, and becomes the program. The relay knows nothing of what it carries; the proxy decides.
Standard library only, and any Python 3: it runs on whatever the stage's environment has.
"""

import os
import signal
import socket
import sys
import threading

# Connections at a time; more wait.
MOST = 256


def main():
    port, path, *argv = sys.argv[1:]
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(port)))
    listener.listen(MOST)
    child = os.fork()
    if child == 0:
        # Forked twice, so that the program has no child that it did not start.
        if os.fork() == 0:
            relay(listener, path)
        os._exit(0)
    os.waitpid(child, 0)
    listener.close()
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored, signal.SIG_DFL)  # Python's own choice, which a program would inherit.
    try:
        os.execvp(argv[0], argv)
    except OSError as error:
        # In bubblewrap's words, which the runner knows.
        sys.stderr.write(f"bwrap: execvp {argv[0]}: {error.strerror}\n")
        os._exit(1)


def relay(listener, path):
    os.setsid()
    nowhere = os.open("/dev/null", os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    free = threading.Semaphore(MOST)
    while True:
        free.acquire()
        try:
            client, _ = listener.accept()
        except OSError:
            free.release()
            continue
        threading.Thread(target=serve, args=(client, path, free), daemon=True).start()


def serve(client, path, free):
    proxy = socket.socket(socket.AF_UNIX)
    try:
        proxy.connect(path)
        back = threading.Thread(target=carry, args=(proxy, client), daemon=True)
        back.start()
        carry(client, proxy)
        back.join()
    except OSError:
        pass  # The proxy is gone, and with it the run.
    finally:
        client.close()
        proxy.close()
        free.release()


def carry(source, sink):
    """Until one side ends; then the other is told."""
    try:
        while True:
            data = source.recv(1 << 16)
            if not data:
                break
            sink.sendall(data)
    except OSError:
        pass
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


main()
