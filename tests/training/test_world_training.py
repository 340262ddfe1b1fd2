from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from training.state import TrainingState, load_newest, read_model, save_state, write_model
from training.world_training import Session, train

from napari_homolog.diffusion import load_backbone

REPOSITORY = Path(__file__).parents[2]


def never() -> TrainingState:
    raise AssertionError("The training must resume from its saved state.")


def test_training_goes_on_where_it_stopped(tmp_path: Path, small_state: TrainingState) -> None:
    first = train(tmp_path, lambda: small_state, Session(5, batch=4, steps=3), least=64)
    assert (first.counters["steps"], first.counters["pictures_seen"]) == (3, 12)
    made = first.counters["generated"]
    assert made >= 64

    resumed = load_newest(tmp_path / "states")
    assert resumed is not None
    assert resumed.counters == first.counters
    for mine, saved in zip(
        (*first.networks.parameters(), *first.average.parameters()),
        (*resumed.networks.parameters(), *resumed.average.parameters()),
        strict=True,
    ):
        torch.testing.assert_close(mine, saved, rtol=0, atol=0)
    moments = first.optimiser.state_dict()["state"]
    for index, values in resumed.optimiser.state_dict()["state"].items():
        for name, value in values.items():
            torch.testing.assert_close(value, moments[index][name], rtol=0, atol=0)

    second = train(tmp_path, never, Session(5, batch=4, steps=2), least=64)
    assert (second.counters["steps"], second.counters["pictures_seen"]) == (5, 20)
    assert second.counters["generated"] >= made + 64
    events = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [event["steps"] for event in events if "event" in event] == [0, 3, 3, 5]


def test_a_step_changes_the_networks_and_the_loss_falls(
    tmp_path: Path, small_state: TrainingState
) -> None:
    before = [value.clone() for value in small_state.networks.parameters()]
    session = Session(5, batch=8, steps=6, learning_rate=2e-3)
    state = train(tmp_path, lambda: small_state, session, least=64)
    changed = [
        not torch.equal(old, new)
        for old, new in zip(before, state.networks.parameters(), strict=True)
    ]
    assert np.mean(changed) > 0.9
    assert all(value.isfinite().all() for value in state.average.parameters())


def test_the_learning_rate_falls_over_pictures_of_several_sessions_and_then_it_ends(
    tmp_path: Path, small_state: TrainingState
) -> None:
    session = Session(5, batch=4, steps=3, anneal=16)
    first = train(tmp_path, lambda: small_state, session, least=64)
    (before,) = {group["lr"] for group in first.optimiser.param_groups}
    assert first.counters["annealed"] == 12
    second = train(tmp_path, never, session, least=64)
    assert second.counters["annealed"] == second.counters["pictures_seen"] == 16
    assert second.counters["steps"] == 4
    # The rate rises over the first 200 steps of each session: this is its first, at 12 of 16.
    (last,) = {group["lr"] for group in second.optimiser.param_groups}
    assert last == pytest.approx(1e-3 / 200 * (1 - 12 / 16))
    assert before == pytest.approx(1e-3 * 3 / 200 * (1 - 8 / 16))


SAVE_FOREVER = """
import sys
from pathlib import Path
from training.state import load_newest, save_state
folder = Path(sys.argv[1])
state = load_newest(folder)
while True:
    state.counters["steps"] += 1
    save_state(state, folder)
    print(state.counters["steps"], flush=True)
"""


def test_a_killed_run_leaves_a_complete_state(tmp_path: Path, small_state: TrainingState) -> None:
    save_state(small_state, tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-c", SAVE_FOREVER, str(tmp_path)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    written = int(process.stdout.readline())
    time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    state = load_newest(tmp_path)
    assert state is not None
    assert state.counters["steps"] >= written


def test_a_state_that_cannot_be_written_leaves_the_earlier_one(
    tmp_path: Path, small_state: TrainingState, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_state(small_state, tmp_path)
    small_state.counters["steps"] = 9

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("training.state.save_file", full)
    with pytest.raises(OSError, match="No space"):
        save_state(small_state, tmp_path)
    monkeypatch.undo()
    state = load_newest(tmp_path)
    assert state is not None
    assert state.counters["steps"] == 0
    save_state(small_state, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000000", "step-00000009"]


def test_a_checkpoint_is_a_model_that_can_be_loaded_and_resumed(
    tmp_path: Path, small_state: TrainingState
) -> None:
    small_state.counters.update(steps=7, pictures_seen=224, generated=128, seconds=9)
    size = write_model(small_state, tmp_path / "work", tmp_path / "model")
    assert size < 4e6
    backbone = load_backbone(tmp_path / "model", device="cpu")
    assert backbone.latent_side == 16
    resumed = read_model(tmp_path / "model")
    assert resumed.counters == small_state.counters
    for mine, saved in zip(
        small_state.average.parameters(), resumed.networks.parameters(), strict=True
    ):
        torch.testing.assert_close(mine, saved, rtol=2e-3, atol=1e-4)


TRAIN_LONG = """
import sys
from pathlib import Path
from training.state import load_newest
from training.world_training import Session, train
if __name__ == "__main__":
    folder = Path(sys.argv[1])
    train(folder, lambda: None, Session(10, batch=2), least=64)
"""


@pytest.mark.slow
def test_a_training_that_is_asked_to_end_saves_first(
    tmp_path: Path, small_state: TrainingState
) -> None:
    save_state(small_state, tmp_path / "states")
    script = tmp_path / "run.py"
    script.write_text(TRAIN_LONG)
    path = os.pathsep.join([str(REPOSITORY / "src"), str(REPOSITORY)])
    with (tmp_path / "output").open("w") as output:
        process = subprocess.Popen(
            [sys.executable, str(script), str(tmp_path)],
            env={**os.environ, "PYTHONPATH": path},
            stdout=output,
        )
        deadline = time.monotonic() + 120
        while not (tmp_path / "log.jsonl").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    state = load_newest(tmp_path / "states")
    assert state is not None
    assert '"event": "end"' in (tmp_path / "log.jsonl").read_text()
    assert state.counters["pictures_seen"] == 2 * state.counters["steps"]
