# SPDX-License-Identifier: Apache-2.0
"""Makes files as DoF's version 1 made them, with PyTorch and NumPy.

make_dof.py OUT    writes OUT/pickles.json: [{"name", "pickle" (hexadecimal), "shape", "values"}], one for each kind of x in each
                   of Python's pickle protocols, "refused" in place of shape and values where there is an error to expect;
                   OUT/vectors.dof: an archive with 6 elements, classes as y; OUT/answers.dof: 4 elements, vectors as y
"""
import collections
import io
import json
import os
import pickle
import sys
import zipfile

import numpy as np
import torch


def tensors():
    """Name and x; what a network's headless output may be, and views that PyTorch stores in one storage."""
    batch = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 8 - 1
    yield "torch_f32", batch[0].clone()
    yield "torch_f32_view_of_batch", batch[2]
    yield "torch_f32_transposed", batch.t()[1:3]
    yield "torch_f32_expanded", batch[0, :2].clone().expand(3, 2)
    yield "torch_f64", batch[1].double().clone()
    yield "torch_f16", batch[1].half().clone()
    yield "torch_bf16", batch[1].bfloat16().clone()
    yield "torch_i64", torch.tensor([-3, 0, 2**40])
    yield "torch_i32", torch.tensor([-3, 7], dtype=torch.int32)
    yield "torch_i16", torch.tensor([-3, 7], dtype=torch.int16)
    yield "torch_i8", torch.tensor([-128, 127], dtype=torch.int8)
    yield "torch_u8", torch.tensor([0, 255], dtype=torch.uint8)
    yield "torch_bool", torch.tensor([True, False])
    yield "torch_scalar", torch.tensor(2.5)
    yield "torch_grid", torch.arange(12, dtype=torch.float32).reshape(1, 3, 2, 2)
    yield "torch_parameter", torch.nn.Parameter(torch.tensor([1.5, -2.5]))
    yield "torch_with_gradient", (torch.tensor([1.5, -2.5], requires_grad=True) * 2).detach().requires_grad_()
    array = np.arange(12, dtype=np.float32).reshape(3, 4) / 3
    for kind in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"):
        yield f"numpy_{np.dtype(kind).name}", np.array([0, 1, 3, 100]).astype(kind)
    yield "numpy_big_endian", array[0].astype(">f4")
    yield "numpy_fortran", np.asfortranarray(array)
    yield "numpy_transposed", array.T
    yield "numpy_strided", array[::2, 1::2]
    yield "numpy_0d", np.array(4.25)
    yield "numpy_scalar", np.float32(4.25)
    yield "numpy_scalar_f64", np.float64(-0.1)
    yield "numpy_control_bytes", np.frombuffer(bytes(range(0, 16)), "<u2")
    yield "list", [1, -2, 2.5, 1e-3, True, 70000, -70000, 300]
    yield "nested", [[1, 2, 3], [4.5, 5, 6]]
    yield "tuple", (0.5, (1 << 40), 0)
    yield "list_of_numpy", [np.float32(0.5), np.float32(1.5)]
    yield "number", 7
    yield "long_list", [i % 7 for i in range(1100)]  # Python adds a thousand at a time


def refused():
    """Name, x and the code of the error: what is no vector, or what a foreign pickle may ask for."""
    yield "dict", {"x": 1}, "unsupportedDof"
    yield "text", "not a vector", "unsupportedDof"
    yield "none", None, "unsupportedDof"
    yield "ragged", [[1, 2], [3]], "unsupportedDof"
    yield "mixed_depth", [1, [2]], "unsupportedDof"
    yield "list_of_texts", ["a"], "unsupportedDof"
    yield "list_of_tensors", [np.zeros(2, "f4"), np.zeros(2, "f4")], "unsupportedDof"
    yield "complex", np.array([1j]), "unsupportedDof"
    yield "objects", np.array(["a", None], dtype=object), "unsupportedDof"
    yield "fields", np.zeros(2, dtype=[("a", "f4"), ("b", "i4")]), "unsupportedDof"
    yield "texts", np.array(["a", "b"]), "unsupportedDof"
    yield "sparse", torch.eye(2).to_sparse(), "unsafePickle"
    yield "function", os.getcwd, "unsafePickle"
    yield "module", torch.nn.Linear(1, 1), "unsafePickle"
    yield "set", {1, 2}, "unsafePickle"
    yield "size", torch.Size([1, 2]), "unsafePickle"
    yield "complex_number", 1 + 2j, "unsafePickle"
    yield "huge_integer", 1 << 200, "unsupportedDof"


class Runs:
    """What an attacker would write: unpickling it runs a command."""

    def __reduce__(self):
        return os.system, ("echo this must never be printed",)


def cases():
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for name, x in tensors():
            values = np.asarray(x.detach().float() if isinstance(x, torch.Tensor) else x).astype("f4")
            yield {"name": f"{name}_{protocol}", "pickle": pickle.dumps(x, protocol).hex(), "shape": list(values.shape),
                   "values": values.ravel().tolist()}
        for name, x, code in [*refused(), ("system", Runs(), "unsafePickle"), ("hidden", [1.0, Runs()], "unsafePickle")]:
            if name == "huge_integer" and protocol < 2:
                code = "corruptDof"
            yield {"name": f"{name}_{protocol}", "pickle": pickle.dumps(x, protocol).hex(), "refused": code}
    saved = io.BytesIO()
    torch.save(torch.ones(2), saved, _use_new_zipfile_serialization=False)
    yield {"name": "torch_save", "pickle": saved.getvalue().hex(), "refused": "corruptDof"}


def write_dof(path, facts, elements):
    """@param elements  [(x, y, what is said about it or None)]"""
    with zipfile.ZipFile(path, "w", allowZip64=True) as archive:
        def add(name, data):
            archive.writestr(zipfile.ZipInfo(name, (2020, 4, 1, 12, 0, 0)), data)
        add(".dofinfo/dataset.json", json.dumps(facts, indent=1))
        add(".dofinfo/elementslist.json", json.dumps([[y] if said is None else [y, said] for _, y, said in elements], indent=1))
        for i, (x, _, _) in enumerate(elements):
            add(f"{i}.out", pickle.dumps(x))


def main():
    out = sys.argv[1]
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "pickles.json"), "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in cases()) + "\n]\n")
    facts = {
        "coremodel_family": "ResNet", "coremodel_type": "ResNet-18", "coremodel_common": True,
        "original_author": "An author of pictures", "original_source": "https://example.org/pictures", "original_license": "CC-BY-4.0",
        "dof_author": "A maker of sets", "dof_author_contact": "sets@example.org", "dof_source": "https://example.org/sets",
        "dof_license": "NA", "favourite_colour": "blue",
    }
    generator = torch.Generator().manual_seed(1)
    batch = torch.randn(6, 5, generator=generator)
    said = [None, {"author": "A", "author_contact": "NA", "source": "B", "license": "C", "scanner": "X1"}]
    write_dof(os.path.join(out, "vectors.dof"), facts, [(x, i % 3, said[i % 2]) for i, x in enumerate(batch)])
    facts = dict(facts, coremodel_common=False, coremodel_source_architecture="https://example.org/a",
                 coremodel_source_weightsandbiases="https://example.org/w")
    answers = [[1, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0]]
    write_dof(os.path.join(out, "answers.dof"), facts,
              [(np.full((2, 2, 1), i, "f4"), answer, None) for i, answer in enumerate(answers)])


if __name__ == "__main__":
    main()
