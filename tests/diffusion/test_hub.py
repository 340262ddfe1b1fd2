"""Fetching from the hub: a real client in a process of its own, and a server on this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fake_hub import COMMIT, serving
from napari_homolog.diffusion.hub import is_hub_id

NOWHERE = "http://127.0.0.1:9"
"""An address at which nothing listens."""

SCRIPT = """
import json, sys
from napari_homolog.context import RunContext
from napari_homolog.diffusion.hub import fetch
from napari_homolog.errors import CheckpointError
steps = []
context = RunContext(progress=lambda *step: steps.append(step))
try:
    folder, commit = fetch(sys.argv[1], sys.argv[2] or None, context)
except CheckpointError as error:
    print(json.dumps({"error": str(error)}))
else:
    print(json.dumps({"folder": str(folder), "commit": commit, "steps": steps}))
"""


def fetch(cache: Path, endpoint: str, source="somebody/model", revision="", **environment: str):
    """Run `fetch` with a fresh client and return what it says."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, source, revision],
        env={**clean, "HF_HUB_CACHE": str(cache), "HF_ENDPOINT": endpoint, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.count("\n") == 1, done.stdout
    return json.loads(done.stdout)


@pytest.fixture
def model(sd1_folder, tmp_path):
    """Return a folder as publishers fill it: several precisions, pickles, other programs' files."""
    folder = Path(shutil.copytree(sd1_folder, tmp_path / "model"))
    for part in ("unet", "vae"):
        weights = folder / part / "diffusion_pytorch_model.safetensors"
        shutil.copyfile(weights, weights.with_suffix(".fp16.safetensors"))
        shutil.copyfile(weights, weights.with_name("diffusion_pytorch_model.bin"))
    (folder / "unet" / "diffusion_pytorch_model.non_ema.safetensors").write_bytes(b"0")
    (folder / "v1-4.ckpt").write_bytes(b"0")
    (folder / "safety_checker").mkdir()
    (folder / "safety_checker" / "model.safetensors").write_bytes(b"0")
    parts = {
        "_class_name": "StableDiffusionPipeline",
        "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
        "scheduler": ["diffusers", "DDIMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    (folder / "model_index.json").write_text(json.dumps(parts))
    return folder


def test_only_what_is_needed_is_fetched_and_progress_is_told(model, tmp_path):
    with serving(model) as hub:
        found = fetch(tmp_path / "cache", hub.address)
    assert found["commit"] == COMMIT
    folder = Path(found["folder"])
    fetched = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}
    weights = {name for name in fetched if name.endswith(".safetensors")}
    assert weights == {
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "vae/diffusion_pytorch_model.fp16.safetensors",
        "text_encoder/model.safetensors",
    }
    assert {Path(name).suffix for name in fetched - weights} <= {".json", ".txt"}
    assert sorted(hub.downloads) == sorted(fetched)
    size = sum((folder / name).stat().st_size for name in fetched)
    done = [step[0] for step in found["steps"]]
    assert done == sorted(done)
    assert done[-1] == size
    assert {tuple(step[1:]) for step in found["steps"]} == {(size, "downloading somebody/model")}


def test_what_was_fetched_is_used_without_network(model, tmp_path):
    cache = tmp_path / "cache"
    with serving(model) as hub:
        first = fetch(cache, hub.address)
        fetched = len(hub.downloads)
        assert fetch(cache, hub.address, revision=COMMIT)["folder"] == first["folder"]
        assert len(hub.downloads) == fetched
    for revision in ("", COMMIT):
        assert fetch(cache, NOWHERE, revision=revision)["folder"] == first["folder"]
        offline = fetch(cache, NOWHERE, revision=revision, HF_HUB_OFFLINE="1")
        assert offline["folder"] == first["folder"]


@pytest.mark.parametrize(
    "lost", ["unet/diffusion_pytorch_model.fp16.safetensors", "vae/config.json", "scheduler"]
)
def test_a_download_that_was_cut_off_is_not_taken_for_complete(model, tmp_path, lost):
    cache = tmp_path / "cache"
    with serving(model) as hub:
        folder = Path(fetch(cache, hub.address)["folder"])
        gone = folder / lost
        shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
        told = fetch(cache, NOWHERE, revision=COMMIT, HF_HUB_OFFLINE="1")
        assert "not completely, on this machine" in told["error"]
        assert fetch(cache, hub.address, revision=COMMIT)["folder"] == str(folder)
    assert gone.exists()


def test_a_broken_download_goes_on_where_it_stopped(model, tmp_path):
    """The client writes 10 MiB at a time; what it wrote it does not ask for again."""
    big = "unet/diffusion_pytorch_model.fp16.safetensors"
    (model / big).write_bytes(bytes(range(256)) * (24 * 2**12))
    with serving(model) as hub:
        hub.cut_once = big
        folder = Path(fetch(tmp_path / "cache", hub.address)["folder"])
    assert hub.ranges == [f"{big} bytes={10 * 2**20}-"]
    assert (folder / big).read_bytes() == (model / big).read_bytes()


def test_nothing_listens_at_the_address(tmp_path):
    told = fetch(tmp_path, NOWHERE)["error"]
    assert "somebody/model is not, or not completely, on this machine" in told
    assert "connect to the network" in told


def test_offline_and_not_in_the_cache(tmp_path):
    told = fetch(tmp_path, "https://huggingface.co", HF_HUB_OFFLINE="1")["error"]
    assert "unset HF_HUB_OFFLINE" in told


def test_no_such_model_or_revision(model, tmp_path):
    with serving(model) as hub:
        told = fetch(tmp_path / "cache", hub.address, "somebody/else")["error"]
        assert "no model 'somebody/else' at revision 'main'" in told
        told = fetch(tmp_path / "cache", hub.address, revision="v9")["error"]
        assert "no model 'somebody/model' at revision 'v9'" in told


def test_a_model_behind_terms(model, tmp_path):
    with serving(model) as hub:
        hub.gated = True
        told = fetch(tmp_path / "cache", hub.address)["error"]
    assert "accept its terms" in told
    assert "hf auth login" in told


def test_a_model_of_pickles_is_refused_before_anything_is_fetched(model, tmp_path):
    for path in (model / "unet").glob("*.safetensors"):
        path.unlink()
    with serving(model) as hub:
        told = fetch(tmp_path / "cache", hub.address)["error"]
    assert "no .safetensors file in unet; a pickle could run any program" in told
    assert hub.downloads == []


def test_another_architecture_is_refused_before_anything_is_fetched(model, tmp_path):
    (model / "unet").rename(model / "transformer")
    with serving(model) as hub:
        told = fetch(tmp_path / "cache", hub.address)["error"]
    assert "has no unet/config.json" in told
    assert hub.downloads == []


def test_a_cache_that_cannot_be_written(model, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with serving(model) as hub:
        told = fetch(tmp_path / "file" / "cache", hub.address)["error"]
    assert f"cannot be kept in {tmp_path / 'file' / 'cache'}" in told
    assert "HF_HUB_CACHE" in told


def test_a_hub_model_is_loaded_from_the_cache_by_its_id(model, tmp_path):
    cache = tmp_path / "cache"
    with serving(model) as hub:
        fetch(cache, hub.address)
    script = (
        "import json; from napari_homolog import load_backbone; "
        "found = load_backbone('somebody/model', device='cpu'); found.empty_prompt; "
        "print(json.dumps(found.to_dict()))"
    )
    environment = {"HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    told = json.loads(done.stdout)
    assert (told["name"], told["revision"]) == ("somebody/model", COMMIT)


@pytest.mark.parametrize("name", ["somebody/model", "some-body/model.v1_2"])
def test_hub_ids(name):
    assert is_hub_id(name)


@pytest.mark.parametrize(
    "name", ["model", "a/b/c", "./model", "../model", "~/model", "a/model.safetensors", "a/", "/b"]
)
def test_what_is_no_hub_id(name):
    assert not is_hub_id(name)
