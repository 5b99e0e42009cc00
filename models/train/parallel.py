# SPDX-License-Identifier: Apache-2.0
"""Work on several cores, in processes of its own."""
import multiprocessing


def _one_thread():
    import torch

    torch.set_num_threads(1)


def each(function, items, workers):
    """function(item) of each item, in order; with more than one worker in as many processes, which do not share memory: what
    `function` is bound to and each item travel there. Items are taken from the iterable as they are needed."""
    if workers == 1:
        yield from map(function, items)
        return
    with multiprocessing.get_context("spawn").Pool(workers, _one_thread) as pool:
        yield from pool.imap(function, items)
