"""Makes the files that a benchmark moves: the same bytes for the same arguments. `transfer-files.py large|small BYTES_OR_COUNT FOLDER`."""

import os
import sys
from hashlib import shake_256

LARGE = 512 * 2**20


def main(kind: str, amount: int, folder: str) -> None:
    os.makedirs(folder, exist_ok=True)
    if kind == "large":
        for i in range(max(1, amount // LARGE)):
            large(os.path.join(folder, f"shard-{i:03}.bin"), min(amount, LARGE), i)
    else:
        for i in range(amount):
            path = os.path.join(folder, f"{i // 1000:03}")
            if i % 1000 == 0:
                os.mkdir(path)
            with open(os.path.join(path, f"{i % 1000:03}.txt"), "wb") as file:
                file.write(shake_256(b"%d" % i).digest(1024 + i * 2654435761 % 6144))


def large(path: str, size: int, number: int) -> None:
    block = bytearray(shake_256(b"large %d" % number).digest(2**20))
    with open(path, "wb") as file:
        for i in range(size // len(block)):
            block[:8] = i.to_bytes(8, "little")
            file.write(block)


main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
