# SPDX-License-Identifier: Apache-2.0
"""Ed25519 signatures behind the last section (spec/container.md, chapter 12).

Checking one needs the package `cryptography` or `PyNaCl`; without either it says so and decides nothing.
"""
from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from typing import Any, Optional, Tuple

from .errors import require
from .sections import align_up

ENTRY = 128
MOST = 16
MAGIC = b"\x8dPITHSIG"
MESSAGE = b"pith signature 1"
WHAT_TO_INSTALL = "checking a signature needs the Python package 'cryptography' or 'PyNaCl'"


@dataclass(frozen=True)
class Signature:
    """A signature over the root hash. Whether its key is trusted is for you to say."""

    public_key: bytes
    signature: bytes
    root_sha256: bytes

    def valid(self) -> Optional[bool]:
        """Whether the key's owner signed this file; None where no package is there to tell."""
        return _verify(self.public_key, self.signature, MESSAGE + self.root_sha256)


def parse_signatures(view: memoryview, length: int, root_sha256: bytes) -> Tuple[Signature, ...]:
    """The signatures behind the `length` bytes that the preamble states.

    :raises PithError: corruptContainer for any other bytes there
    """
    if len(view) == length:
        return ()
    start = align_up(length)
    count, rest = divmod(len(view) - start, ENTRY)
    require(rest == 0 and 1 <= count <= MOST, "behind the sections lies something else than signatures")
    require(not any(view[length:start]), "the padding before the signatures is not zero")
    found = []
    for place in range(start, len(view), ENTRY):
        entry = bytes(view[place : place + ENTRY])
        require(entry[:32] == MAGIC + bytes(24), "behind the sections lies something else than signatures")
        found.append(Signature(entry[32:64], entry[64:], root_sha256))
    require(
        all(one.public_key < other.public_key for one, other in zip(found, found[1:])),
        "the signatures' keys do not ascend",
    )
    return tuple(found)


def read_public_key(text: str) -> bytes:
    """The 32 bytes of a public key file.

    :raises ValueError: where the text is no such file
    """
    found = re.fullmatch("pith-public-key-1 ([0-9a-f]{64})\n?", text)
    if found is None:
        raise ValueError("not a public key of Pith: one line 'pith-public-key-1 ' and 64 hexadecimal digits")
    return bytes.fromhex(found.group(1))


def _verify(key: bytes, signature: bytes, message: bytes) -> Optional[bool]:
    for check in (_with_cryptography, _with_nacl):
        try:
            return check(key, signature, message)
        except ImportError:
            continue
    return None


def _with_cryptography(key: bytes, signature: bytes, message: bytes) -> bool:
    ed25519: Any = importlib.import_module("cryptography.hazmat.primitives.asymmetric.ed25519")
    exceptions: Any = importlib.import_module("cryptography.exceptions")
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (exceptions.InvalidSignature, ValueError):
        return False
    return True


def _with_nacl(key: bytes, signature: bytes, message: bytes) -> bool:
    signing: Any = importlib.import_module("nacl.signing")
    exceptions: Any = importlib.import_module("nacl.exceptions")
    try:
        signing.VerifyKey(key).verify(message, signature)
    except (exceptions.BadSignatureError, exceptions.ValueError):
        return False
    return True
