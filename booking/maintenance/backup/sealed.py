"""A file that only the key opens, written and read in pieces, so that a database need not fit into memory.

Each piece is sealed with AES-256-GCM. Its nonce counts the pieces and marks the last one: a piece that is changed,
exchanged, left out or added, and a file that is cut off, all fail to open.
"""

import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from booking.maintenance.backup import CannotBackUp

FORMAT = b"clinic-backup 1\n"
SALT, SEAL = 16, 16  # bytes
PIECE = 1024 * 1024
COST = 2**15  # of each try of a key: 32 MB, a tenth of a second
OTHER_FORMAT = "This file is no backup that this version can read."
DAMAGED = "BACKUP_KEY does not open this backup, or the file is damaged."


def write(file: BinaryIO, secret: str, parts: Iterable[bytes]) -> None:
    salt = os.urandom(SALT)
    file.write(FORMAT + salt)
    cipher = _cipher(secret, salt)
    for number, (piece, is_last) in enumerate(_with_last(_pieces(parts))):
        file.write(cipher.encrypt(_nonce(number, is_last), piece, FORMAT))


def read(file: BinaryIO, secret: str) -> Iterator[bytes]:
    """Raises CannotBackUp at the piece that does not open; what came before it is authentic, but not complete."""
    if file.read(len(FORMAT)) != FORMAT:
        raise CannotBackUp(OTHER_FORMAT)
    cipher = _cipher(secret, file.read(SALT))
    sealed_pieces = iter(lambda: file.read(PIECE + SEAL), b"")
    try:
        for number, (piece, is_last) in enumerate(_with_last(sealed_pieces)):
            yield cipher.decrypt(_nonce(number, is_last), piece, FORMAT)
    except InvalidTag:
        raise CannotBackUp(DAMAGED) from None


def _cipher(secret: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=COST, r=8, p=1).derive(secret.encode()))


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11) + bytes([is_last])


def _pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of one size; the last one may be shorter, and empty."""
    waiting = bytearray()
    for part in parts:
        waiting += part
        while len(waiting) > PIECE:
            yield bytes(waiting[:PIECE])
            del waiting[:PIECE]
    yield bytes(waiting)


def _with_last(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each piece, and whether it is the last one. A file without any has one that is empty, and does not open."""
    pieces = iter(pieces)
    held = next(pieces, b"")
    for following in pieces:
        yield held, False
        held = following
    yield held, True
