# SPDX-License-Identifier: Apache-2.0
"""TensorFlow: the same batches as a `tf.data.Dataset`. TensorFlow is imported when `dataset` is called."""
from __future__ import annotations

import importlib
from typing import Any, Iterator, Optional, Sequence, Tuple, Union

import numpy as np

from .errors import MissingPackage
from .file import File
from .selection import join_features, label_column, rows, targets

Key = Union[str, int]


def dataset(
    file: File,
    split: Optional[str] = None,
    batch_size: int = 1024,
    shuffle: bool = True,
    seed: int = 0,
    label: Optional[Key] = None,
    part: Optional[str] = None,
    features: "Sequence[Key] | Key | None" = None,
) -> Any:
    """(x, y) in batches, in another order each epoch: x float32 [rows, D], y as `pith.xy` has it.

    :param split, label, part, features: as in `pith.xy`
    :return: tf.data.Dataset
    :raises MissingPackage: where TensorFlow is not installed
    """
    try:
        tensorflow: Any = importlib.import_module("tensorflow")
    except ImportError:
        raise MissingPackage("pith.tf needs the Python package 'tensorflow'") from None
    answers, known = targets(label_column(file, label))
    selected = rows(file, split, part)
    selected = selected[known[selected]]
    epoch = iter(range(1 << 62))

    def batches() -> "Iterator[Tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]":
        random = np.random.default_rng([seed, next(epoch)])
        order = random.permutation(selected) if shuffle else selected
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            yield join_features(file, features, batch), answers[batch]

    width = join_features(file, features, selected[:1]).shape[1]
    signature = (
        tensorflow.TensorSpec((None, width), tensorflow.float32),
        tensorflow.TensorSpec((None, *answers.shape[1:]), tensorflow.as_dtype(answers.dtype)),
    )
    return tensorflow.data.Dataset.from_generator(batches, output_signature=signature)
