"""The tables of a project file, and the migration of older files."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

SUFFIX = ".homolog"
"""Suffix of project files."""

APPLICATION_ID = 0x484F4D4C
"""Identifies an SQLite file as a project: HOML."""

FIRST_TABLES = """
CREATE TABLE project (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    seed INTEGER NOT NULL,
    made TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);

CREATE TABLE landmark (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    colour TEXT,
    note TEXT NOT NULL DEFAULT '',
    removed INTEGER NOT NULL DEFAULT 0
);
-- What is removed stays in its table, so that it can come back; its name is free again.
CREATE UNIQUE INDEX landmark_name ON landmark (name) WHERE NOT removed;

CREATE TABLE specimen (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    path TEXT,
    file_bytes INTEGER,
    file_modified INTEGER,
    sha256 TEXT,
    height INTEGER NOT NULL,
    width INTEGER NOT NULL,
    reference INTEGER NOT NULL DEFAULT 0,
    accepted INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    status TEXT NOT NULL DEFAULT 'new'
        CHECK (status IN ('new', 'found', 'corrected', 'accepted', 'failed')),
    removed INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX specimen_name ON specimen (name) WHERE NOT removed;
CREATE INDEX specimen_status ON specimen (status) WHERE NOT removed;
CREATE INDEX specimen_path ON specimen (path) WHERE NOT removed;

CREATE TABLE landmark_set (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    made TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    landmarks TEXT NOT NULL,
    data BLOB NOT NULL
);

-- One row each time that landmarks were looked for on a specimen and found.
CREATE TABLE location (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    specimen_id INTEGER NOT NULL REFERENCES specimen (id),
    landmark_set_id INTEGER REFERENCES landmark_set (id),
    made TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    settings TEXT NOT NULL,
    angle REAL NOT NULL,
    mirrored INTEGER NOT NULL
);
CREATE INDEX location_specimen ON location (specimen_id, landmark_set_id);

CREATE TABLE prediction (
    specimen_id INTEGER NOT NULL REFERENCES specimen (id),
    landmark_id INTEGER NOT NULL REFERENCES landmark (id),
    location_id INTEGER NOT NULL REFERENCES location (id),
    row REAL NOT NULL,
    col REAL NOT NULL,
    confidence REAL,
    missing_probability REAL,
    expected_error REAL,
    row_variance REAL,
    covariance REAL,
    col_variance REAL,
    PRIMARY KEY (specimen_id, landmark_id)
) WITHOUT ROWID;

-- Beside the predictions, not instead of them: what a hand decides no run can overwrite.
CREATE TABLE decision (
    specimen_id INTEGER NOT NULL REFERENCES specimen (id),
    landmark_id INTEGER NOT NULL REFERENCES landmark (id),
    status TEXT NOT NULL CHECK (status IN ('manual', 'corrected', 'accepted', 'missing')),
    row REAL,
    col REAL,
    PRIMARY KEY (specimen_id, landmark_id),
    CHECK ((row IS NULL) = (status = 'missing') AND (col IS NULL) = (status = 'missing'))
) WITHOUT ROWID;

CREATE TABLE change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    made TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    specimen_id INTEGER REFERENCES specimen (id),
    description TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX change_specimen ON change (specimen_id);
CREATE INDEX change_undone ON change (undone, id);
"""


def _first(connection: sqlite3.Connection) -> None:
    # Not executescript, which would commit the transaction of the migration.
    for statement in FIRST_TABLES.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    connection.execute("INSERT INTO project (only, seed) VALUES (1, 0)")


def _second(connection: sqlite3.Connection) -> None:
    """Add the seed of a prediction, and the model of a landmark set."""
    connection.execute("ALTER TABLE location ADD COLUMN seed INTEGER")
    connection.execute("ALTER TABLE landmark_set ADD COLUMN model TEXT")


def _third(connection: sqlite3.Connection) -> None:
    """Add the real size of pixels: units per pixel, and the unit."""
    connection.execute("ALTER TABLE specimen ADD COLUMN scale REAL CHECK (scale > 0)")
    connection.execute("ALTER TABLE specimen ADD COLUMN unit TEXT")


ANNOTATION_TABLES = (
    """
CREATE TABLE occlusion (
    specimen_id INTEGER NOT NULL REFERENCES specimen (id),
    landmark_id INTEGER NOT NULL REFERENCES landmark (id),
    PRIMARY KEY (specimen_id, landmark_id)
) WITHOUT ROWID
""",
    # Points are JSON: a list of [row, col] in full precision, null for missing ones.
    """
CREATE TABLE curve (
    specimen_id INTEGER NOT NULL REFERENCES specimen (id),
    position INTEGER NOT NULL,
    name TEXT,
    points TEXT NOT NULL,
    PRIMARY KEY (specimen_id, position)
) WITHOUT ROWID
""",
)


def _fourth(connection: sqlite3.Connection) -> None:
    """Add comments, curves, occluded landmarks, and hashes of pixels."""
    connection.execute("ALTER TABLE specimen ADD COLUMN comment TEXT")
    connection.execute("ALTER TABLE specimen ADD COLUMN pixel_hash TEXT")
    for statement in ANNOTATION_TABLES:
        connection.execute(statement)


def _fifth(connection: sqlite3.Connection) -> None:
    """Add where the model placed refined landmarks, and what they were refined with."""
    connection.execute("ALTER TABLE prediction ADD COLUMN coarse_row REAL")
    connection.execute("ALTER TABLE prediction ADD COLUMN coarse_col REAL")
    connection.execute("ALTER TABLE location ADD COLUMN refined_with TEXT")


RESIDUAL_TABLE = """
CREATE TABLE residual (
    specimen_id INTEGER NOT NULL REFERENCES specimen (id),
    landmark_id INTEGER NOT NULL REFERENCES landmark (id),
    error REAL,
    spread REAL,
    refined_with TEXT NOT NULL,
    PRIMARY KEY (specimen_id, landmark_id)
) WITHOUT ROWID
"""


def _sixth(connection: sqlite3.Connection) -> None:
    """Add the agreement of references, error radii, and errors on what a person decided."""
    for column in ("agreement", "reference_spread", "error_radius"):
        connection.execute(f"ALTER TABLE prediction ADD COLUMN {column} REAL")
    connection.execute(RESIDUAL_TABLE)


def _seventh(connection: sqlite3.Connection) -> None:
    """Add boxes around specimens, and those in which landmarks were located."""
    for table in ("specimen", "location"):
        connection.execute(f"ALTER TABLE {table} ADD COLUMN box TEXT")


CURVE_PREDICTION_TABLE = """
CREATE TABLE curve_prediction (
    specimen_id INTEGER NOT NULL REFERENCES specimen (id),
    name TEXT NOT NULL,
    points TEXT NOT NULL,
    confidence TEXT NOT NULL,
    spread TEXT NOT NULL,
    made_from TEXT NOT NULL,
    PRIMARY KEY (specimen_id, name)
) WITHOUT ROWID
"""


def _eighth(connection: sqlite3.Connection) -> None:
    """Add the definitions of curves, as JSON, and curves that were located."""
    connection.execute("ALTER TABLE project ADD COLUMN curves TEXT")
    connection.execute(CURVE_PREDICTION_TABLE)


def _measured_specimens(connection: sqlite3.Connection) -> None:
    """Add classifiers, where a scale is from, mirrored specimens, and links and pairs of landmarks.

    All but `mirrored` are JSON: classifiers by column, and the scheme of the landmarks.
    """
    for column in ("classifiers", "scale_source"):
        connection.execute(f"ALTER TABLE specimen ADD COLUMN {column} TEXT")
    connection.execute("ALTER TABLE specimen ADD COLUMN mirrored INTEGER NOT NULL DEFAULT 0")
    connection.execute("ALTER TABLE project ADD COLUMN scheme TEXT")


def _planes(connection: sqlite3.Connection) -> None:
    """Add which page and channels of its file a specimen's image is."""
    connection.execute("ALTER TABLE specimen ADD COLUMN plane TEXT")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _first,
    _second,
    _third,
    _fourth,
    _fifth,
    _sixth,
    _seventh,
    _eighth,
    _measured_specimens,
    _planes,
)
"""The step at index n migrates a file of version n to version n + 1. Never change a step."""

VERSION = len(MIGRATIONS)
"""The version that this package writes."""


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of a project's tables; 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Migrate a project's tables to the present version, in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for version, step in enumerate(
            MIGRATIONS[version_of(connection) :], version_of(connection)
        ):
            step(connection)
            connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
