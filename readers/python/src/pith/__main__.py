# SPDX-License-Identifier: Apache-2.0
"""`python3 -m pith FILE`: a summary; `--json` the whole description without records, `--verify` reads everything."""
from __future__ import annotations

import argparse
import codecs
import json
import sys
from typing import Iterator, List, Optional, Tuple

from . import Column, File, LabelType, MissingPackage, PithError


def _line(what: str, text: str) -> str:
    folded = " ".join(text.split())
    return f"{what:<10} {folded if len(folded) <= 160 else folded[:159] + '…'}"


def _escape(error: UnicodeError) -> Tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error("pith.escape", _escape)


def _print(text: str) -> None:
    """What the terminal's encoding lacks, and halves of surrogate pairs, as JSON escapes them."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "pith.escape").decode(encoding))


def _balance(column: Column) -> str:
    entry, detail = column.entry, f"{column.entry.missing_count} missing"
    if column.type in (LabelType.number, LabelType.year):
        detail += f", {entry.minimum:g} to {entry.maximum:g} {entry.unit}"
    for name, count in list(zip(entry.categories, entry.counts))[:8]:
        detail += f"; {name} {count}"
    return detail + ("; …" if len(entry.categories) > 8 else "")


def _about_records(file: File) -> Iterator[str]:
    for grouping in file.groups.values():
        yield _line("grouping", f"{grouping.name}: {grouping.count} groups")
    for split in file.splits.values():
        parts = ", ".join(f"{part} {count}" for part, count in zip(split.parts, split.entry.counts))
        kept, several = split.certificate
        proof = "" if kept is None else f"; groups of '{kept}' in several parts: {several}"
        yield _line("split", f"{split.name}: {parts}{proof}")
    for column in file.labels.values():
        yield _line("label", f"{column.name} ({column.type.name}): {_balance(column)}")


def summary(file: File) -> Iterator[str]:
    """Lines for a terminal. Texts of the file hold no control characters but TAB and LF, which are folded."""
    for field in ("title", "author", "licence", "source", "identifier"):
        value = file.info[f"dataset.{field}"]
        if value is not None:
            yield _line(field, value if isinstance(value, str) else "not known")
    yield _line("records", str(len(file)))
    for i, entry in enumerate(file.header.features):
        block = file.features(i)
        encoder = block.encoder.name or "an unnamed encoder"
        yield _line(
            "features",
            f"{block.name}: {block.shape[1]} x {block.type} by {encoder}; relative error "
            f"{entry.relative_l2_error:.2g}, {entry.duplicate_count} duplicates",
        )
    yield from _about_records(file)
    for head in file.heads:
        layers = " -> ".join(layer.kind.name + (f" {layer.outputs}" if layer.outputs else "") for layer in head.layers)
        yield _line("head", f"{head.name}: {layers}")
    for document in file.documents:
        yield _line("document", f"{document.entry.title or document.entry.file_name}: {len(document)} bytes")
    for signature in file.signatures:
        valid = {True: "valid", False: "NOT VALID", None: "not checked"}[signature.valid()]
        yield _line("signature", f"{valid}, key {signature.public_key.hex()}")
    yield _line("root hash", file.root_sha256)


def main(arguments: Optional[List[str]] = None) -> int:
    """:return: exit status: 0, or 1 where the file is refused"""
    parser = argparse.ArgumentParser(prog="python3 -m pith", description="Says what a .pith container holds.")
    parser.add_argument("file")
    parser.add_argument("--json", action="store_true", help="the whole description, without records")
    parser.add_argument("--verify", action="store_true", help="read everything: hashes, values, signatures")
    options = parser.parse_args(arguments)
    try:
        with File(options.file) as file:
            if options.json:
                described = file.describe(records=False)
                _print(json.dumps(described, indent=2, ensure_ascii=False, allow_nan=False))
            else:
                _print("\n".join(summary(file)))
            if options.verify:
                print("\n".join(("verified", *file.verify().notes)), file=sys.stderr)
    except (PithError, MissingPackage, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
