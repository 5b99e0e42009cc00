# SPDX-License-Identifier: Apache-2.0
"""Trains Pith's own encoders: films and images made by formula in, a model folder out. `python3 -m train --help`."""
