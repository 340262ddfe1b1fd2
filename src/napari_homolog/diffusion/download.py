"""Downloading in a subprocess, which can be stopped at any moment.

The threads in which the hub's client downloads several gigabytes cannot be interrupted. A process
can; what it wrote stays in the cache, and the next download continues from there.
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
from .hub import fetch, fetch_transformer

POLL_SECONDS = 0.1
"""Interval at which the stop check is called."""

START = f"from {__name__} import main; main()"
Message = dict[str, Any]
"""One line of the subprocess: ``step``, ``result`` or ``error`` and its value."""


def fetch_in_subprocess(
    source: str,
    revision: str | None,
    context: RunContext | None = None,
    *,
    transformer: bool = False,
) -> tuple[Path, str]:
    """Fetch a hub model as `hub.fetch` does, but stop immediately on request.

    Parameters
    ----------
    source, revision
        See `hub.fetch`.
    transformer : bool
        Whether it is a model of transformers, see `hub.fetch_transformer`.
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
        If the context's stop check returned True. The next download continues this one.
    CheckpointError
        See `hub.fetch`.
    """
    context = context or RunContext()
    context.log.info("downloading %s, revision %s", source, revision or "main")
    start = time.perf_counter()
    message, errors = _run_process([source, revision or "", "1" if transformer else ""], context)
    if "result" not in message:
        raise CheckpointError(
            message.get("error")
            or f"The download of {source} ended before it was complete; try again. {errors[-300:]}"
        )
    folder, commit = message["result"]
    seconds = time.perf_counter() - start
    context.log.info("%s, commit %s, is in %s after %.1f s", source, commit, folder, seconds)
    return Path(folder), commit


def _run_process(arguments: list[str], context: RunContext) -> tuple[Message, str]:
    """Run the subprocess, reporting its steps; return its last message and its standard error."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", START, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        # Otherwise Windows opens a console.
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    lines: SimpleQueue[str | None] = SimpleQueue()
    errors: list[str] = []
    threads = [
        threading.Thread(target=_read_lines, args=(process.stdout, lines), daemon=True),
        threading.Thread(target=lambda: errors.append(process.stderr.read()), daemon=True),  # type: ignore[union-attr]
    ]
    for thread in threads:
        thread.start()
    message: Message = {}
    try:
        while (line := _next_line(lines, context)) is not None:
            message = json.loads(line)
            if "step" in message:
                context.report(*message["step"])
    finally:
        process.kill()
        process.wait()
        for thread in threads:
            thread.join()
    return message, "".join(errors)


def main() -> None:
    """Fetch the model that the arguments name; print steps and result as lines of JSON."""
    source, revision, transformer = sys.argv[1:]
    context = RunContext(progress=lambda *step: _send(step=step))
    try:
        wanted = fetch_transformer if transformer else fetch
        folder, commit = wanted(source, revision or None, context)
    except CheckpointError as error:
        _send(error=str(error))
    else:
        _send(result=(str(folder), commit))


def _send(**message: Any) -> None:
    # Fails, and so ends the process, once the reader has gone.
    print(json.dumps(message), flush=True)


def _read_lines(stream: IO[str], lines: SimpleQueue[str | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _next_line(lines: SimpleQueue[str | None], context: RunContext) -> str | None:
    """Wait for the next line, or None at the end, and call the stop check meanwhile."""
    while True:
        context.check_stop()
        try:
            return lines.get(timeout=POLL_SECONDS)
        except Empty:
            continue
