"""Fetching in a process of its own, which can be ended at any moment.

Several gigabytes come through threads of the hub's client, written partly in another language, that
cannot be interrupted. A process can; what it wrote stays in the cache, and the next one goes on there.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any

from ..context import RunContext
from ..errors import CheckpointError
from .hub import fetch

POLL_SECONDS = 0.1
"""How often it is asked whether to stop."""

START = f"from {__name__} import main; main()"
Told = dict[str, Any]


def fetch_in_subprocess(
    source: str, revision: str | None, context: RunContext | None = None
) -> tuple[Path, str]:
    """Fetch a hub model as `hub.fetch` does, and stop within a moment when asked to.

    Parameters
    ----------
    source, revision
        See `hub.fetch`.
    context : RunContext, optional
        Its progress counts bytes; its stop check is called several times a second.

    Returns
    -------
    folder : Path
        In diffusers' layout.
    revision : str
        The commit.

    Raises
    ------
    Cancelled
        If the context's stop check returned True. What was fetched so far is kept for the next time.
    CheckpointError
        As `hub.fetch`.
    """
    context = context or RunContext()
    context.log.info("downloading %s, revision %s", source, revision or "main")
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", START, source, revision or ""],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        # Windows would open a console for it.
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    lines: SimpleQueue[str | None] = SimpleQueue()
    errors: list[str] = []
    threads = [
        threading.Thread(target=_pass_on, args=(process.stdout, lines), daemon=True),
        threading.Thread(target=lambda: errors.append(process.stderr.read()), daemon=True),  # type: ignore[union-attr]
    ]
    for thread in threads:
        thread.start()
    told: Told = {}
    try:
        while (line := _next(lines, context)) is not None:
            told = json.loads(line)
            if "step" in told:
                context.report(*told["step"])
    finally:
        process.kill()
        process.wait()
        for thread in threads:
            thread.join()
    if "found" in told:
        folder, commit = told["found"]
        context.log.info(
            "%s, commit %s, is in %s after %.1f s",
            source,
            commit,
            folder,
            time.perf_counter() - start,
        )
        return Path(folder), commit
    reason = told.get("error") or (
        f"The download of {source} ended before it was complete; try again. {''.join(errors)[-300:]}"
    )
    raise CheckpointError(reason)


def main() -> None:
    """Fetch what the arguments name, and tell steps and outcome as lines of JSON."""
    source, revision = sys.argv[1:]
    context = RunContext(progress=lambda *step: _tell(step=step))
    try:
        folder, commit = fetch(source, revision or None, context)
    except CheckpointError as error:
        _tell(error=str(error))
    else:
        _tell(found=(str(folder), commit))


def _tell(**what: Any) -> None:
    # Once nobody reads any more, this fails, and the process ends.
    print(json.dumps(what), flush=True)


def _pass_on(stream: IO[str], lines: SimpleQueue[str | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _next(lines: SimpleQueue[str | None], context: RunContext) -> str | None:
    """Wait for the next line, or None at the end, asking meanwhile whether to stop."""
    while True:
        context.check_stop()
        try:
            return lines.get(timeout=POLL_SECONDS)
        except Empty:
            continue
