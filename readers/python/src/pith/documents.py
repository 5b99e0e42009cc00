# SPDX-License-Identifier: Apache-2.0
"""Documents that travel with the data: handed out, never opened."""
from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import Optional

from .schema import DocumentEntry
from .sections import Section


class Document:
    """One document. What is said about it stands in `entry`."""

    def __init__(self, entry: DocumentEntry, section: Section) -> None:
        self.entry = entry
        self._section = section

    def __len__(self) -> int:
        return self._section.shape[0]

    def read(self) -> bytes:
        """The document's bytes, of any kind: look at them before you open them."""
        return self._section.rows().tobytes()

    @property
    def sha256(self) -> str:
        """Of the document's bytes, computed now."""
        digest = hashlib.sha256()
        for _, piece in self._section.pieces():
            digest.update(piece.data)
        return digest.hexdigest()

    @property
    def safe_name(self) -> Optional[str]:
        """The last component of its file name, or None where that could name another place."""
        last = PureWindowsPath(PurePosixPath(self.entry.file_name).name).name
        return last if re.fullmatch(r"[^\x00-\x1f<>:\"/\\|?*]+", last) and last not in (".", "..") else None

    def __repr__(self) -> str:
        return f"<document '{self.entry.title or self.entry.file_name}': {len(self)} bytes>"
