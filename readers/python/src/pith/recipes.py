# SPDX-License-Identifier: Apache-2.0
"""Recipes: JSON objects that say how pictures become an encoder's input (spec/container.md, chapter 5)."""
from __future__ import annotations

import json
from typing import Any, Dict, NoReturn

from .errors import corrupt, require


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def parse_recipe(text: str) -> Dict[str, Any]:
    """The recipe of an encoder.

    :raises PithError: corruptContainer where it is no JSON object with a size of two positive integers
    """
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise corrupt("a recipe is not JSON") from None
    require(isinstance(found, dict), "a recipe is no JSON object")
    size = found.get("size")
    require(
        isinstance(size, list) and len(size) == 2 and all(type(extent) is int and extent > 0 for extent in size),
        "a recipe has no 'size' of two positive integers",
    )
    assert isinstance(found, dict)
    return found
