# SPDX-License-Identifier: Apache-2.0
"""What running the network once saved, by the formulas of spec/container.md, chapter 5."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from .schema import Measured


@dataclass(frozen=True)
class Savings:
    """The owner's measurements, and what follows from them. None: something it needs was not measured."""

    measured: Measured
    file_bytes: int
    feature_bytes: int

    @property
    def total_saved_time(self) -> Optional[float]:
        """Seconds: (HNCT - HOLT) * EC - HNCT."""
        m = self.measured
        if not (m.encoding_seconds and m.loading_seconds and m.epochs):
            return None
        return (m.encoding_seconds - m.loading_seconds) * m.epochs - m.encoding_seconds

    @property
    def benefit_ratio(self) -> Optional[float]:
        """Of one epoch: (TNCT + HOLT) / (HNCT + TNCT)."""
        m = self.measured
        if not (m.encoding_seconds and m.loading_seconds and m.head_seconds):
            return None
        return (m.head_seconds + m.loading_seconds) / (m.encoding_seconds + m.head_seconds)

    @property
    def total_benefit_ratio(self) -> Optional[float]:
        """Of the whole training: ((TNCT + HOLT) * (EC - 1) + (HNCT + TNCT)) / ((HNCT + TNCT) * EC)."""
        m = self.measured
        if self.benefit_ratio is None or not m.epochs:
            return None
        with_network = m.encoding_seconds + m.head_seconds
        return ((m.head_seconds + m.loading_seconds) * (m.epochs - 1) + with_network) / (with_network * m.epochs)

    @property
    def total_saved_space(self) -> Optional[float]:
        """Bytes: IS * IC - HOS * IC - DIS, which is the originals' bytes less this file's."""
        m = self.measured
        if not (m.original_count and m.original_bytes):
            return None
        information = self.file_bytes - self.feature_bytes
        per_image = (self.file_bytes - information) / m.original_count
        return m.original_bytes / m.original_count * m.original_count - per_image * m.original_count - information
