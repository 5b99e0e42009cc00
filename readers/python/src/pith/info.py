# SPDX-License-Identifier: Apache-2.0
"""What the author says, where "not known" is a value beside "not stated"."""
from __future__ import annotations

from typing import Any, Dict, FrozenSet, Optional, Tuple, Union

from .header_rules import resolve
from .recipes import parse_recipe
from .schema import Dataset, DocumentEntry, Encoder, Entry, Header


class NotKnown:
    """The value of a text whose author says that nobody knows it. False as a condition; there is one, `NOT_KNOWN`."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "NOT_KNOWN"

    def __reduce__(self) -> str:
        return "NOT_KNOWN"


NOT_KNOWN = NotKnown()


class Info:
    """The header's texts. `info["dataset.licence"]` is the text, None where it was not stated, or NOT_KNOWN."""

    def __init__(self, header: Header) -> None:
        self._header = header

    @property
    def writer(self) -> str:
        """Program and version that wrote the file."""
        return self._header.writer

    @property
    def dataset(self) -> Dataset:
        """About the data as a whole."""
        return self._header.dataset

    @property
    def encoders(self) -> Tuple[Encoder, ...]:
        """The networks whose features the file holds."""
        return self._header.encoders

    @property
    def documents(self) -> Tuple[DocumentEntry, ...]:
        """What is said about the documents that travel along."""
        return self._header.documents

    @property
    def transforms(self) -> Tuple[str, ...]:
        """How augmented views were made."""
        return self._header.transforms

    @property
    def not_known(self) -> FrozenSet[str]:
        """Paths of what the author declares as not known."""
        return frozenset(self._header.not_known)

    def __getitem__(self, path: str) -> Union[str, None, NotKnown]:
        found = resolve(path, self._header)
        if not found and path in self.not_known:
            return NOT_KNOWN
        if not isinstance(found, str):
            raise KeyError(f"{path!r} is no path of a text in this header, such as 'dataset.licence'")
        return found or None

    def recipe(self, encoder: int = 0) -> Optional[Dict[str, Any]]:
        """How pictures become the encoder's input; None where it is not known."""
        text = self.encoders[encoder].recipe
        return parse_recipe(text) if text else None

    def model_information(self, encoder: int = 0) -> Dict[str, Dict[str, str]]:
        """The four namespaces of an encoder: model, data_processing, performance, training."""
        entry = self.encoders[encoder]
        return {name: entries(getattr(entry, name)) for name in ("model", "data_processing", "performance", "training")}


def entries(pairs: Tuple[Entry, ...]) -> Dict[str, str]:
    """Entries as a dictionary."""
    return {entry.key: entry.value for entry in pairs}
