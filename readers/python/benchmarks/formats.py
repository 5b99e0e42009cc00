# SPDX-License-Identifier: Apache-2.0
"""The same features in several formats: how each is written, opened, and read a batch of rows at a time.

Every `open` returns a function from an array of row numbers to their float16 features, [rows, D].
"""
import json
import os
import pickle
import shutil
import struct
import sys
import zipfile

import numpy as np
import pith

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../tests"))
import samples  # noqa: E402
import writer  # noqa: E402


class Pith:
    title = "pith"

    def write(self, folder, features):
        """One label and one group for each record, as the size target of the format has it."""
        count, width = features.shape
        random = np.random.default_rng(2)
        labels = random.integers(0, 3, count)
        groups, group_count = samples.by_appearance(random.integers(0, count // 4, count))
        ids = np.sort(np.frombuffer(random.bytes(16 * count), "S16")).view("u1").reshape(count, 16)
        header = dict(
            recordCount=count,
            encoders=[dict(name="benchmark", featureCount=width)],
            features=[dict(name="main")],
            labels=[dict(name="finding", categories=["a", "b", "c"], counts=np.bincount(labels, minlength=3).tolist())],
            groupings=[dict(name="patient", groupCount=group_count)],
        )
        sections = [
            writer.section("features/0", "f16", features),
            writer.section("records/id", "u8", ids),
            writer.section("groups/0", "u32", groups),
            writer.section("labels/0/index", "u32", labels),
        ]
        with open(os.path.join(folder, "a.pith"), "wb") as out:
            out.write(writer.container(header, sections))

    def open(self, folder):
        return pith.open(os.path.join(folder, "a.pith")).features().stored_rows


class Npy:
    title = "npy, mapped"

    def write(self, folder, features):
        np.save(os.path.join(folder, "a.npy"), features)

    def open(self, folder):
        stored = np.load(os.path.join(folder, "a.npy"), mmap_mode="r")
        return lambda rows: np.asarray(stored[rows])


class Npz:
    title = "npz"

    def write(self, folder, features):
        np.savez(os.path.join(folder, "a.npz"), features=features)

    def open(self, folder):
        stored = np.load(os.path.join(folder, "a.npz"))["features"]  # cannot be mapped
        return lambda rows: stored[rows]


class Hdf5Rows:
    title = "HDF5, rows"

    def write(self, folder, features):
        import h5py

        with h5py.File(os.path.join(folder, "a.h5"), "w") as file:
            file["features"] = features  # contiguous, h5py's default

    def open(self, folder):
        import h5py

        stored = h5py.File(os.path.join(folder, "a.h5"), "r")["features"]

        def take(rows):
            order = np.argsort(rows)  # h5py takes ascending rows only
            batch = np.empty((len(rows), stored.shape[1]), stored.dtype)
            batch[order] = stored[rows[order]]
            return batch

        return take


class Hdf5Memory(Hdf5Rows):
    title = "HDF5, all in memory"

    def open(self, folder):
        import h5py

        stored = h5py.File(os.path.join(folder, "a.h5"), "r")["features"][:]
        return lambda rows: stored[rows]


class Safetensors:
    title = "safetensors (own loader)"

    def write(self, folder, features):
        """8 bytes of length, JSON padded to 8, then the tensors: the published layout; Debian 12 has no package."""
        header = json.dumps(
            {"features": {"dtype": "F16", "shape": features.shape, "data_offsets": [0, features.nbytes]}}
        )
        header += " " * (-len(header) % 8)
        with open(os.path.join(folder, "a.safetensors"), "wb") as out:
            out.write(struct.pack("<Q", len(header)) + header.encode())
            features.tofile(out)

    def open(self, folder):
        path = os.path.join(folder, "a.safetensors")
        with open(path, "rb") as file:
            length = struct.unpack("<Q", file.read(8))[0]
            entry = json.loads(file.read(length))["features"]
        stored = np.memmap(path, "<f2", "r", 8 + length + entry["data_offsets"][0], tuple(entry["shape"]))
        return lambda rows: np.asarray(stored[rows])


class Parquet:
    title = "Parquet (pyarrow)"

    def write(self, folder, features):
        import pyarrow
        import pyarrow.parquet

        column = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(features.reshape(-1)), features.shape[1])
        pyarrow.parquet.write_table(pyarrow.table({"features": column}), os.path.join(folder, "a.parquet"))

    def open(self, folder):
        import pyarrow.parquet

        column = pyarrow.parquet.read_table(os.path.join(folder, "a.parquet"))["features"].combine_chunks()
        stored = column.flatten().to_numpy().reshape(len(column), -1)
        return lambda rows: stored[rows]


class DofOne:
    title = "DoF 1 (own writing)"

    def write(self, folder, features):
        """A ZIP, stored, with a pickle for each record and a JSON list of answers, as version 1 lays it out."""
        with zipfile.ZipFile(os.path.join(folder, "a.dof"), "w") as file:
            file.writestr(".dofinfo/dataset.json", "{}")
            file.writestr(".dofinfo/elementslist.json", json.dumps([{"y": 0, "info": {}}] * len(features)))
            for index, row in enumerate(features):
                file.writestr(f"{index}.out", pickle.dumps(row))

    def open(self, folder):
        """Version 1 unpacks the whole ZIP into a folder, and loads a pickle each time a record is asked for."""
        unpacked = os.path.join(folder, "dof")
        shutil.rmtree(unpacked, ignore_errors=True)
        with zipfile.ZipFile(os.path.join(folder, "a.dof")) as file:
            file.extractall(unpacked)

        def load(row):
            with open(os.path.join(unpacked, f"{row}.out"), "rb") as file:
                return pickle.load(file)

        return lambda rows: np.stack([load(row) for row in rows.tolist()])


ALL = (Pith, Npy, Npz, Hdf5Rows, Hdf5Memory, Safetensors, Parquet, DofOne)
