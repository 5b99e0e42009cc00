# SPDX-License-Identifier: Apache-2.0
"""Saves and loads a training at any step. Random numbers depend on the seed and the step alone, so none are kept."""
import copy
import os
import pickle

import torch

from .films import write_atomically


class Checkpoint:
    """One file, replaced as a whole: {step, student, average, optimizer, best, key, history}."""

    def __init__(self, path, key):
        self.path, self.key = path, key

    def save(self, state):
        def write(temporary):
            with open(temporary, "wb") as file:
                torch.save({**state, "key": self.key}, file)
                file.flush()
                os.fsync(file.fileno())

        write_atomically(self.path, write)

    def load(self, device):
        """The saved state, or None. Raises ValueError where it belongs to other settings."""
        if not self.path.exists():
            return None
        try:
            state = torch.load(self.path, map_location=device)
        except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
            raise ValueError(f"{self.path.name} is no whole checkpoint ({error}); remove it to begin anew") from error
        if state["key"] != self.key:
            raise ValueError(f"{self.path.name} was made with other settings; use another --work folder, or remove it")
        return state


class Average:
    """Exponential moving average of a module's weights and BatchNorm statistics (Polyak averaging)."""

    def __init__(self, module, decay):
        self.module, self.decay = copy.deepcopy(module).eval(), decay

    @torch.no_grad()
    def update(self, module, step):
        keep = min(self.decay, (1 + step) / (10 + step))
        for kept, new in zip(self.module.state_dict().values(), module.state_dict().values()):
            if kept.dtype.is_floating_point:
                kept.lerp_(new, 1 - keep)
            else:
                kept.copy_(new)
