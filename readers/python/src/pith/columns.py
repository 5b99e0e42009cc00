# SPDX-License-Identifier: Apache-2.0
"""Named entries of a file, in its order, found by name or by number."""
from __future__ import annotations

from typing import Callable, Generic, Iterator, Mapping, Optional, Sequence, TypeVar, Union

V = TypeVar("V")


class Named(Mapping[str, V], Generic[V]):
    """A mapping from names to entries that also takes numbers; entries are made when they are asked for."""

    def __init__(self, what: str, names: Sequence[str], make: Callable[[int], V]) -> None:
        self._what = what
        self._places = {name: place for place, name in enumerate(names)}
        self._make = make

    def place(self, key: Union[str, int]) -> int:
        """The number of an entry.

        :raises KeyError: where there is none; the text lists what there is
        """
        found: Optional[int] = self._places.get(key) if isinstance(key, str) else key
        if found is None or not 0 <= found < len(self._places):
            known = ", ".join(repr(name) for name in list(self._places)[:20]) or "none"
            raise KeyError(f"no {self._what} {key!r}; the file has {known}")
        return found

    def __getitem__(self, key: Union[str, int]) -> V:
        return self._make(self.place(key))

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __repr__(self) -> str:
        return f"<{len(self)} of {self._what}: {', '.join(self)}>"
