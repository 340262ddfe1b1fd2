"""Training of the embedded model on the wide world: it can be stopped and resumed at any time."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from .block_transform import COLOUR_STRENGTH
from .denoiser import Recipe, follow, losses, new_scheduler
from .feed import LEAST, SIDES, Reservoir
from .probe import probe
from .state import TrainingState, load_newest, save_state

LOG_EVERY = 60.0
"""Seconds between two lines of the log."""

RESTART_STEPS = 200
"""Steps over which the learning rate rises after every start: the optimiser has to find its footing."""

CLEAR = (30, 300)
"""Timesteps of nine pictures in ten.

Below, large parts would betray their colour through the noise; above, the shape of small parts is lost.
"""

INERTIA = 0.9993
"""How slowly the averaged weights follow."""


@dataclass(frozen=True)
class Session:
    """How long and how a session trains.

    Attributes
    ----------
    minutes : float
        Wall time after which it saves and ends.
    batch : int
        Pictures in a step.
    learning_rate : float
        Held, after a rise, until `anneal`.
    anneal : int, optional
        Pictures over which the learning rate falls to nothing, in this session and later ones; then
        the training has ended. The last that is done before a model is shipped.
    save_every : float
        Minutes between two saved states.
    judge_every : float
        Minutes between two judgements.
    seed : int
        Of pictures, order and noise.
    steps : int, optional
        Ends after so many steps, for tests.
    """

    minutes: float
    batch: int = 32
    learning_rate: float = 1e-3
    anneal: int | None = None
    save_every: float = 10.0
    judge_every: float = 40.0
    seed: int = 20261126
    steps: int | None = None


class Log:
    """Appends records to ``log.jsonl``, one JSON object a line.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, record: dict[str, object]) -> None:
        """Append a record with the time, and print it."""
        line = json.dumps({"time": time.strftime("%Y-%m-%dT%H:%M:%S"), **record})
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        print(line, flush=True)


def train(
    work: Path,
    start: Callable[[], TrainingState],
    session: Session,
    judge: Callable[[TrainingState], None] | None = None,
    *,
    least: int = LEAST,
) -> TrainingState:
    """Train for a session and return the state at its end.

    Parameters
    ----------
    work : Path
        Holds ``states`` and ``log.jsonl``.
    start : callable
        Returns the state to start from where the folder has none.
    session : Session
        How long and how.
    judge : callable, optional
        Shown the state every `Session.judge_every` minutes; logs what it finds.
    least : int
        Pictures in a reservoir before the first step.
    """
    work.mkdir(parents=True, exist_ok=True)
    state = load_newest(work / "states") or start()
    log = Log(work / "log.jsonl")
    log.write({"event": "start", **state.counters})
    vocabulary = state.tokenizer.get_vocab()
    first = state.counters["generated"]
    with Termination() as terminated:
        reservoirs = [
            Reservoir(vocabulary, session.seed, first, side, least=least) for side in SIDES
        ]
        try:
            _run(state, reservoirs, session, work, log, judge, terminated)
        finally:
            for reservoir in reservoirs:
                reservoir.close()
    save_state(state, work / "states")
    log.write({"event": "end", **state.counters})
    return state


class Termination:
    """True once the process was asked to end, by SIGTERM or Ctrl+C, so that it saves first.

    A context manager: handlers are as before when it is left.
    """

    def __init__(self) -> None:
        self._asked = False

    def __enter__(self) -> Termination:
        kinds = (signal.SIGTERM, signal.SIGINT)
        self._earlier = {kind: signal.signal(kind, self._ask) for kind in kinds}
        return self

    def __exit__(self, *_: object) -> None:
        for kind, handler in self._earlier.items():
            signal.signal(kind, handler)

    def __bool__(self) -> bool:
        return self._asked

    def _ask(self, *_: object) -> None:
        self._asked = True


def _run(
    state: TrainingState,
    reservoirs: list[Reservoir],
    session: Session,
    work: Path,
    log: Log,
    judge: Callable[[TrainingState], None] | None,
    terminated: Termination,
) -> None:
    counters, begun = state.counters, time.monotonic()
    clocks = dict.fromkeys(("log", "save", "judge"), begun)
    earlier = dict(counters)
    rng = np.random.default_rng((session.seed, counters["steps"], 1))
    generator = torch.Generator().manual_seed(session.seed + counters["steps"])
    step = Step(state, session, generator)
    recent: list[tuple[float, float]] = []
    while True:
        passed = time.monotonic() - begun
        done = counters["steps"] - earlier["steps"]
        annealed = session.anneal is not None and counters["annealed"] >= session.anneal
        if terminated or annealed or passed > 60 * session.minutes or done == session.steps:
            return
        reservoir = reservoirs[int(rng.choice(len(SIDES), p=list(SIDES.values())))]
        piece = reservoir.batch(session.batch, rng)
        recent.append(step(*map(torch.from_numpy, piece), done))
        counters["steps"] += 1
        counters["pictures_seen"] += session.batch
        if session.anneal is not None:
            counters["annealed"] += session.batch
        made = sum(reservoir.generated for reservoir in reservoirs)
        counters["generated"] = earlier["generated"] + made
        counters["seconds"] = earlier["seconds"] + round(time.monotonic() - begun)
        now = time.monotonic()
        if now - clocks["log"] > LOG_EVERY:
            colour, shape = np.mean(recent, axis=0)
            speed = len(recent) * session.batch / (now - clocks["log"])
            log.write(
                {
                    **counters,
                    "colour": round(float(colour), 4),
                    "shape": round(float(shape), 4),
                    "pictures_per_second": round(speed, 1),
                }
            )
            clocks["log"], recent = now, []
        if now - clocks["save"] > 60 * session.save_every:
            save_state(state, work / "states")
            log.write({"event": "probed", **counters, **probe(state)})
            clocks["save"] = clocks["log"] = time.monotonic()
            recent = []
        if judge is not None and now - clocks["judge"] > 60 * session.judge_every:
            judge(state)
            clocks["judge"] = clocks["log"] = time.monotonic()
            recent = []


class Step:
    """One optimiser step after the other.

    Parameters
    ----------
    state : TrainingState
        Changed in place.
    session : Session
        Learning rate and batch.
    generator : torch.Generator
        Source of timesteps and noise.
    """

    def __init__(self, state: TrainingState, session: Session, generator: torch.Generator) -> None:
        self._state, self._session, self._generator = state, session, generator
        self._signal = new_scheduler().alphas_cumprod
        self._blank = torch.from_numpy(state.blank_tokens())
        self._recipe = Recipe(steps=0, clear=CLEAR, colour_strength=COLOUR_STRENGTH)

    def __call__(self, latents: Tensor, tokens: Tensor, done: int) -> tuple[float, float]:
        """Take a step on latents and tokens; return the losses of colour and of shape."""
        state, session = self._state, self._session
        words = tokens.long()
        wordless = torch.rand(len(words), generator=self._generator) < 0.1
        words[wordless] = self._blank
        parts = losses(
            state.networks, latents.float(), words, self._signal, self._generator, self._recipe
        )
        rate = session.learning_rate * min(1.0, (done + 1) / RESTART_STEPS)
        if session.anneal is not None:
            rate *= max(0.0, 1 - state.counters["annealed"] / session.anneal)
        for group in state.optimiser.param_groups:
            group["lr"] = rate
        state.optimiser.zero_grad()
        sum(parts).backward()
        nn.utils.clip_grad_norm_(state.networks.parameters(), 1.0)
        state.optimiser.step()
        steps = state.counters["steps"]
        follow(state.average, state.networks, min(INERTIA, (steps + 1) / (steps + 10)))
        return float(parts[0].detach()), float(parts[1].detach())
