"""Damaged landmark sets, project files and model folders, as `damaged_files.py` reads them.

Half of the damage is to bytes. The other half keeps the structure: values of wrong types and ranges,
views, triggers, zeroed pages and future versions in projects; other names, shapes and types in
landmark sets; other values in the configurations of models.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import logging
import random
import resource
import shutil
import sqlite3
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load, save

from napari_homolog import load_backbone, preset
from napari_homolog.correspondence import Embeddings, LandmarkSet
from napari_homolog.diffusion.model_catalogue import EMBEDDED
from napari_homolog.errors import HomologError
from napari_homolog.project import Project

HANG_SECONDS = 120
MEGABYTE = 2**20
ODD_VALUES: tuple[Any, ...] = (
    *(None, -1, 0, 2**40, 2**63, 1.5, 1e308, float("inf"), "", "text", "nan", "\ud800", [], {}),
    *([[]], [1, 2], {"a": {}}, True, "[" * 2000),
)


def a_set() -> LandmarkSet:
    """Return a small landmark set."""
    return LandmarkSet(
        names=("tip", "base"),
        coarse=Embeddings(torch.randn(2, 2, 3, 4), (1, 1, 6), (torch.randn(2, 5),)),
        mean_shape=np.array([[3.5, 4.0], [7.0, 8.0]]),
        reference_background=np.array([0.25, 0.5]),
        backbone={"name": "embedded", "fingerprint": "ab" * 32, "revision": None},
        preset=preset("attention"),
        seed=9,
        close_up=Embeddings(torch.randn(2, 2, 3, 4), (1, 1, 6)),
        references=("wing 1.jpg",),
    )


def hurt_bytes(data: bytes, chance: random.Random) -> bytes:
    """Return data of which a few bytes were changed, or the end is missing."""
    hurt = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        place = chance.randrange(min(len(hurt), chance.choice((300, 5000, len(hurt)))))
        hurt[place : place + chance.randrange(1, 9)] = bytes(
            chance.randrange(256) for _ in range(chance.randrange(1, 9))
        )
    return bytes(hurt[: chance.randrange(len(hurt))]) if chance.random() < 0.1 else bytes(hurt)


def hurt_value(value: Any, chance: random.Random) -> Any:
    """Return a JSON value of which one part has another type or range."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(sorted(value))
        if chance.random() < 0.15:
            return {name: one for name, one in value.items() if name != key}
        return {**value, key: hurt_value(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.7:
        place = chance.randrange(len(value))
        changed = hurt_value(value[place], chance)
        return [*value[:place], *[changed] * chance.choice((0, 1, 2)), *value[place + 1 :]]
    return chance.choice(ODD_VALUES)


def hurt_set(data: bytes, chance: random.Random) -> bytes:
    """Return a landmark set with another header or other tensors."""
    if chance.random() < 0.5:
        return hurt_bytes(data, chance)
    tensors, length = load(data), int.from_bytes(data[:8], "little")
    header = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["homolog"])
    if chance.random() < 0.5:
        header = hurt_value(header, chance)
    else:
        name = chance.choice(sorted(tensors))
        tensor = tensors.pop(name)
        kind = chance.choice(
            (torch.float64, torch.float32, torch.bfloat16, torch.int32, torch.bool)
        )
        shape = [max(0, length + chance.choice((-1, 0, 0, 1))) for length in tensor.shape]
        changed = torch.full(shape, chance.choice((0.0, torch.nan, torch.inf, 1e30))).to(kind)
        if chance.random() < 0.8:
            tensors[name] = changed
    return save(tensors, {"homolog": json.dumps(header)})


def landmark_sets(count: int, seed: int) -> dict[str, Any]:
    """Read damaged landmark sets."""
    sound = a_set().to_bytes()

    def read(chance: random.Random, folder: Path) -> Callable[[], object]:
        data = hurt_set(sound, chance)
        return lambda: LandmarkSet.from_bytes(data, "the set")

    return figures_of(read, "landmark sets", count, seed)


def a_project(folder: Path) -> bytes:
    """Return a project file in which every kind of table has rows."""
    path = folder / "sound.homolog"
    picture = folder / "wing.png"
    Image.effect_noise((60, 40), 50).save(picture)
    with Project.create(path, seed=3) as project:
        project.set_landmarks(["tip", "base"])
        for number in range(5):
            wing = project.add_image(picture, name=f"wing {number}")
            project.place(wing, "tip", (4, 5))
            project.place(wing, "base", (6.5, 7))
            project.set_curves(wing, [[(1.0, 2.0), (3.0, 4.0)]])
        project.add_landmark_set(a_set())
        project.undo()
    return path.read_bytes()


STATEMENTS = (
    "CREATE VIEW v AS SELECT 1",
    "CREATE TRIGGER t AFTER INSERT ON change BEGIN DELETE FROM specimen; END",
    "PRAGMA user_version = 99",
    "PRAGMA user_version = -5",
    "PRAGMA user_version = 1",
    "PRAGMA application_id = 7",
    "DROP TABLE prediction",
    "ALTER TABLE specimen RENAME COLUMN name TO title",
    "CREATE TABLE more (a)",
)


def hurt_project(path: Path, sound: bytes, chance: random.Random) -> None:
    """Write a project file with damaged bytes, pages, tables or values."""
    way = chance.random()
    if way < 0.35:
        path.write_bytes(hurt_bytes(sound, chance))
        return
    if way < 0.5:
        data, size = bytearray(sound), int.from_bytes(sound[16:18], "big")
        page = chance.randrange(len(data) // size)
        other = chance.randrange(len(data) // size)
        data[page * size : (page + 1) * size] = chance.choice(
            (bytes(size), data[other * size : (other + 1) * size])
        )
        path.write_bytes(data)
        return
    path.write_bytes(sound)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    if way < 0.6:
        connection.execute(chance.choice(STATEMENTS))
    else:
        tables = [
            row[0]
            for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        ]
        table = chance.choice([name for name in tables if not name.startswith("sqlite_")])
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        value = chance.choice(
            (-1, 10**15, 9e999, 1.5, "text", b"\xff\x00", None, "[1]", "{}", "[[1, 2]]", "null")
        )
        with contextlib.suppress(sqlite3.IntegrityError):
            connection.execute(f"UPDATE {table} SET {chance.choice(columns)} = ?", (value,))
    connection.close()


def use_project(path: Path) -> None:
    """Open a project for writing and read all that is in it."""
    with Project.open(path) as project:
        for specimen in project.specimens():
            project.placements(specimen.id)
            project.curves(specimen.id)
            project.landmarks_of(specimen.id)
        project.summary()
        project.history()
        project.changed_images()
        project.landmark_set()
        project.undo()


def projects(count: int, seed: int) -> dict[str, Any]:
    """Open damaged projects."""
    with tempfile.TemporaryDirectory() as place:
        sound = a_project(Path(place))

        def read(chance: random.Random, folder: Path) -> Callable[[], object]:
            path = folder / "a.homolog"
            for one in folder.iterdir():
                one.unlink()
            hurt_project(path, sound, chance)
            return lambda: use_project(path)

        return figures_of(read, "projects", count, seed)


def model_folders(count: int, seed: int) -> dict[str, Any]:
    """Load damaged copies of the embedded model."""
    files = [path.relative_to(EMBEDDED) for path in EMBEDDED.rglob("*") if path.is_file()]
    configs = [file for file in files if file.suffix == ".json" and len(file.parts) == 2]
    weights = [file for file in files if file.suffix == ".safetensors"]

    def read(chance: random.Random, folder: Path) -> Callable[[], object]:
        copy = folder / "model"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(EMBEDDED, copy)
        file = copy / chance.choice(configs if chance.random() < 0.7 else weights)
        if file.suffix == ".json" and chance.random() < 0.7:
            changed = hurt_value(json.loads(file.read_text(encoding="utf-8")), chance)
            file.write_text(json.dumps(changed), encoding="utf-8")
        elif chance.random() < 0.1:
            file.unlink()
        else:
            file.write_bytes(hurt_bytes(file.read_bytes(), chance))
        return lambda: load_backbone(copy, device="cpu", precision="fp32")

    load_backbone("embedded", device="cpu")
    return figures_of(read, "model folders", count, seed)


KINDS = {"landmark sets": landmark_sets, "projects": projects, "model folders": model_folders}


def figures_of(
    prepare: Callable[[random.Random, Path], Callable[[], object]], name: str, count: int, seed: int
) -> dict[str, Any]:
    """Read so many damaged files and tell how that ended."""
    chance = random.Random(f"{name} {seed}")
    warnings.simplefilter("ignore")
    logging.disable()
    ends: Counter[str] = Counter()
    slowest, wrong = 0.0, list[str]()
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(count):
            read = prepare(chance, Path(folder))
            faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
            start = time.process_time()
            try:
                read()
                ends["read"] += 1
            except HomologError:
                ends["refused"] += 1
            except Exception as error:
                # What should never be raised is just what is looked for here.
                ends["other"] += 1
                wrong.append(f"file {number}: {type(error).__name__}: {error}"[:300])
            slowest = max(slowest, time.process_time() - start)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    faulthandler.cancel_dump_traceback_later()
    return {
        "files": count,
        **ends,
        "slowest_seconds": round(slowest, 4),
        "process_megabytes": round(memory * 1024 / MEGABYTE, 1),
        "more_megabytes": round((memory - before) * 1024 / MEGABYTE, 1),
        "wrong": wrong[:10],
    }
