# SPDX-License-Identifier: Apache-2.0
import io
import tarfile
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import numpy as np
from PIL import Image

from .. import config, films


def png(seed, size=(30, 20)):
    picture = np.random.default_rng(seed).integers(0, 256, size[::-1]).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


class FilmsTest(unittest.TestCase):
    def test_patients_of_file_names(self):
        self.assertEqual(films.patient_of("person1000_bacteria_2931.jpeg"), "person1000")
        self.assertEqual(films.patient_of("person1000_virus_1681.jpeg"), "person1000")
        self.assertEqual(films.patient_of("IM-0115-0001.jpeg"), films.patient_of("NORMAL2-IM-0115-0001-0002.jpeg"))
        with self.assertRaises(ValueError):
            films.patient_of("film.jpeg")

    def test_parts_keep_patients_together_and_have_their_share(self):
        names = np.repeat([f"person{i}" for i in range(4000)], 2)
        everything = films.Films(np.zeros((8000, 1, 1), np.uint8), np.zeros(8000, int), names)
        parts = films.split(everything, config.Data())
        sets = {name: set(part.patients) for name, part in parts.items()}
        self.assertEqual(sum(len(s) for s in sets.values()), 4000)
        # 4,000 draws: the standard deviation of a share of 0.15 is 0.0056
        self.assertAlmostEqual(len(sets["held_out"]) / 4000, 0.15, delta=0.025)
        self.assertAlmostEqual(len(sets["validation"]) / 4000, 0.10, delta=0.025)

    def test_folder_and_archive_give_the_same_and_copies_are_left_out(self):
        files = {"train/NORMAL/IM-0001-0001.png": png(1), "train/PNEUMONIA/person7_virus_3.png": png(2),
                 "train/PNEUMONIA/person7_bacteria_4.png": png(3), "train/PNEUMONIA/person8_bacteria_4.png": png(3)}
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            with tarfile.open(folder / "all.tar.gz", "w:gz") as archive:
                for name, content in files.items():
                    (folder / "all" / name).parent.mkdir(parents=True, exist_ok=True)
                    (folder / "all" / name).write_bytes(content)
                    archive.add(folder / "all" / name, name)
            read = films.load(folder / "all", 16)
            other = films.load(folder / "all.tar.gz", 16, folder / "cache")
            with unittest.mock.patch.object(films, "prepare", side_effect=AssertionError("not from the cache")):
                again = films.load(folder / "all", 16, folder / "cache")
        for one in (other, again):
            np.testing.assert_array_equal(read.pixels, one.pixels)
            self.assertEqual(read.labels.tolist(), one.labels.tolist())
        self.assertEqual(read.labels.tolist(), [0, 1, 2])
        self.assertEqual(read.patients.tolist(), ["IM-0001", "person7", "person7"])

    def test_other_films_do_not_get_the_cache_of_these(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            for name, count in (("one", 2), ("other", 3)):
                (folder / name / "NORMAL").mkdir(parents=True)
                for i in range(count):
                    (folder / name / "NORMAL" / f"IM-{i}-1.png").write_bytes(png(i))
            self.assertEqual([len(films.load(folder / name, 16, folder / "cache")) for name in ("one", "other", "one")], [2, 3, 2])
            with self.assertRaises(OSError):
                films.load(folder / "nothing here", 16, folder / "cache")

    def test_shards_read_as_one(self):
        whole = np.arange(7 * 4).reshape(7, 2, 2)
        shards = films.Shards([whole[:3], whole[3:4], whole[4:]])
        np.testing.assert_array_equal(shards[np.array([6, 0, 3, 2, 4])], whole[[6, 0, 3, 2, 4]])

    def test_moments_are_those_of_numpy(self):
        pixels = np.random.default_rng(0).integers(0, 200, (300, 5, 5)).astype(np.uint8)
        self.assertEqual(films.moments(pixels), (round((pixels / 255).mean(), 3), round((pixels / 255).std(), 3)))
