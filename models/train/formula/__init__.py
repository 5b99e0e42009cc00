# SPDX-License-Identifier: Apache-2.0
"""Images computed from numbers: they belong to nobody, and there is no end of them."""
