# SPDX-License-Identifier: Apache-2.0
"""Zstandard, from whichever is there: Python 3.14's own, the package `zstandard`, the system's libzstd."""
from __future__ import annotations

import ctypes
import ctypes.util
import importlib
from typing import Any, Callable, Optional

from .errors import MissingPackage, corrupt, require

Decompress = Callable[[bytes, int], bytes]

MAGIC = b"\x28\xb5\x2f\xfd"
WHAT_TO_INSTALL = (
    "this container is compressed: reading it needs the Python package 'zstandard' (0.19 or later), "
    "the system library libzstd (Debian: libzstd1), or Python 3.14"
)


def _of_python() -> Decompress:
    module: Any = importlib.import_module("compression.zstd")

    def decompress(frame: bytes, size: int) -> bytes:
        stream = module.ZstdDecompressor()
        found: bytes = stream.decompress(frame, size + 1)
        require(stream.eof and not stream.unused_data, "a chunk is not exactly one zstd frame")
        return found

    decompress.failures = (module.ZstdError, EOFError)  # type: ignore[attr-defined]
    return decompress


def _of_package() -> Decompress:
    module: Any = importlib.import_module("zstandard")
    # Older ones cannot refuse bytes behind the frame.
    if tuple(int(part) for part in module.__version__.split(".")[:2]) < (0, 19):
        raise ImportError("zstandard 0.19")

    def decompress(frame: bytes, size: int) -> bytes:
        # Writes at most the size that the frame states; `decompressobj` has no bound.
        found: bytes = module.ZstdDecompressor().decompress(frame, max_output_size=size, allow_extra_data=False)
        return found

    decompress.failures = (module.ZstdError,)  # type: ignore[attr-defined]
    return decompress


def _of_system() -> Decompress:
    library = _system_library()

    def decompress(frame: bytes, size: int) -> bytes:
        stored = library.ZSTD_findFrameCompressedSize(frame, len(frame))
        require(stored == len(frame), "a chunk is not exactly one zstd frame")
        target = ctypes.create_string_buffer(size)
        written = library.ZSTD_decompress(target, size, frame, len(frame))
        require(written == size, "a chunk cannot be decompressed")
        return target.raw

    decompress.failures = ()  # type: ignore[attr-defined]
    return decompress


def _system_library() -> ctypes.CDLL:
    # find_library starts programs, so the usual names come first.
    for candidate in ("libzstd.so.1", "libzstd.1.dylib", "libzstd.dll", None):
        found = candidate or ctypes.util.find_library("zstd")
        try:
            library = ctypes.CDLL(found) if found else None
        except OSError:
            continue
        if library is not None:
            break
    if library is None:
        raise ImportError("libzstd")
    library.ZSTD_findFrameCompressedSize.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    library.ZSTD_findFrameCompressedSize.restype = ctypes.c_size_t
    library.ZSTD_decompress.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    library.ZSTD_decompress.restype = ctypes.c_size_t
    return library


_chosen: Optional[Decompress] = None


def _backend() -> Decompress:
    global _chosen
    for make in (_of_python, _of_package, _of_system):
        if _chosen is not None:
            break
        try:
            _chosen = make()
        except ImportError:
            continue
    if _chosen is None:
        raise MissingPackage(WHAT_TO_INSTALL)
    return _chosen


def stated_size(frame: bytes) -> int:
    """The content size in a frame's header (RFC 8878, 3.1.1.1).

    :raises PithError: corruptContainer where this is no zstd frame, it needs a dictionary or states no size
    """
    require(frame[:4] == MAGIC and len(frame) >= 6, "a chunk is no zstd frame")
    descriptor = frame[4]
    single_segment, flag = descriptor >> 5 & 1, descriptor >> 6
    require(descriptor & 3 == 0, "a chunk needs a zstd dictionary, which the format does not allow")
    require(flag or single_segment, "a chunk's zstd frame does not state its size")
    start = 5 if single_segment else 6
    size = (1, 2, 4, 8)[flag]
    require(len(frame) >= start + size, "a chunk's zstd frame ends inside its header")
    return int.from_bytes(frame[start : start + size], "little") + (256 if flag == 1 else 0)


def decompress(frame: bytes, size: int) -> bytes:
    """One frame whose content must have `size` bytes.

    :raises PithError: corruptContainer for anything else
    :raises MissingPackage: where no implementation of Zstandard is there
    """
    require(stated_size(frame) == size, "a chunk's zstd frame states another size than the section's shape")
    backend = _backend()
    try:
        found = backend(frame, size)
    except backend.failures:  # type: ignore[attr-defined]
        raise corrupt("a chunk cannot be decompressed") from None
    require(len(found) == size, "a chunk has another size than its zstd frame states")
    return found
