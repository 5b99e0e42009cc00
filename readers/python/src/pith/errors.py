# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a container, under the names that all readers of Pith use (spec/container.md, chapter 2)."""
from __future__ import annotations

CODES = frozenset(
    {
        "notAContainer",
        "unsupportedVersion",
        "unsupportedSection",
        "truncatedContainer",
        "corruptContainer",
        "hashMismatch",
        "containerTooLarge",
        "nonFiniteFeature",
    }
)


class PithError(ValueError):
    """A file that is refused. `code` is one of `CODES`; the text says what was seen and what is allowed."""

    def __init__(self, code: str, detail: str) -> None:
        assert code in CODES, code
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class MissingPackage(ImportError):
    """A package that this file or call needs is not installed; the text names what to install."""


def corrupt(detail: str) -> PithError:
    """The error for every violation that the specification gives no other name."""
    return PithError("corruptContainer", detail)


def require(condition: object, detail: str) -> None:
    """Raises `corruptContainer` with `detail` unless `condition` holds."""
    if not condition:
        raise corrupt(detail)
