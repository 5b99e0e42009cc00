# SPDX-License-Identifier: Apache-2.0
"""Reads `.pith` containers: pooled features of frozen networks, with labels, groups, splits and suggested heads.

    file = pith.open("films.pith")
    X, y = pith.xy(file, split="train", label="finding")

Written from spec/container.md alone. Opening checks the header and what it claims about the records; `verify` also
checks every hash. Nothing in a container is ever executed.
"""
from .errors import MissingPackage, PithError
from .features import Features, Moments
from .file import File
from .file import File as open  # pith.open(path, verify=False)
from .info import NOT_KNOWN, Info, NotKnown
from .labels import Column
from .savings import Savings
from .schema import LabelType
from .selection import xy
from .signatures import Signature, read_public_key
from .splits import Certificate, Grouping, Split

__version__ = "0.1.0"
__all__ = [
    "Certificate",
    "Column",
    "Features",
    "File",
    "Grouping",
    "Info",
    "LabelType",
    "MissingPackage",
    "Moments",
    "NOT_KNOWN",
    "NotKnown",
    "PithError",
    "Savings",
    "Signature",
    "Split",
    "open",
    "read_public_key",
    "xy",
]
