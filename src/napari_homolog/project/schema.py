"""The tables of a project file, and how older files are brought up to date."""

from __future__ import annotations

import sqlite3

APPLICATION = 0x686F6D6F
"""Marks an SQLite file as a project ('homo')."""

VERSION_1 = """
CREATE TABLE landmarks (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    colour TEXT,
    note TEXT NOT NULL DEFAULT '',
    position INTEGER NOT NULL
);
CREATE TABLE specimens (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    path TEXT,
    bytes INTEGER,
    fingerprint TEXT,
    height INTEGER NOT NULL,
    width INTEGER NOT NULL,
    reference INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'new',
    reason TEXT NOT NULL DEFAULT '',
    least_confidence REAL
);
CREATE INDEX specimens_by_status ON specimens (status);
CREATE INDEX specimens_by_path ON specimens (path);
CREATE TABLE placements (
    specimen INTEGER NOT NULL REFERENCES specimens (id) ON DELETE CASCADE,
    landmark INTEGER NOT NULL REFERENCES landmarks (id) ON DELETE CASCADE,
    row REAL,
    col REAL,
    status TEXT NOT NULL,
    confidence REAL,
    spread REAL,
    missing_probability REAL,
    expected_error REAL,
    PRIMARY KEY (specimen, landmark)
) WITHOUT ROWID;
CREATE TABLE landmark_sets (
    id INTEGER PRIMARY KEY,
    time TEXT NOT NULL,
    content BLOB NOT NULL
);
CREATE TABLE predictions (
    id INTEGER PRIMARY KEY,
    specimen INTEGER NOT NULL REFERENCES specimens (id) ON DELETE CASCADE,
    landmark_set INTEGER REFERENCES landmark_sets (id),
    time TEXT NOT NULL,
    version TEXT NOT NULL,
    settings TEXT NOT NULL
);
CREATE INDEX predictions_by_specimen ON predictions (specimen);
CREATE TABLE decisions (
    id INTEGER PRIMARY KEY,
    time TEXT NOT NULL,
    description TEXT NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE changes (
    decision INTEGER NOT NULL REFERENCES decisions (id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    relation TEXT NOT NULL,
    before TEXT,
    after TEXT,
    PRIMARY KEY (decision, step)
) WITHOUT ROWID;
"""

MIGRATIONS = (VERSION_1,)
"""What leads from each version to the next; an empty file is version 0."""

VERSION = len(MIGRATIONS)


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Make the tables of the newest version, each step in a transaction of its own."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for number in range(version, VERSION):
        connection.executescript(
            f"BEGIN IMMEDIATE; {MIGRATIONS[number]} PRAGMA user_version = {number + 1}; "
            f"PRAGMA application_id = {APPLICATION}; COMMIT;"
        )
