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
from small_models import save_small_dinov2

NOWHERE = "http://127.0.0.1:9"
"""An address where no server listens."""

SCRIPT = """
import json, sys
from napari_homolog.context import RunContext
from napari_homolog.diffusion.hub import fetch, fetch_transformer
from napari_homolog.errors import CheckpointError
steps = []
context = RunContext(progress=lambda *step: steps.append(step))
try:
    folder, commit = globals()[sys.argv[3]](sys.argv[1], sys.argv[2] or None, context)
except CheckpointError as error:
    print(json.dumps({"error": str(error)}))
else:
    print(json.dumps({"folder": str(folder), "commit": commit, "steps": steps}))
"""


def fetch(
    cache: Path,
    endpoint: str,
    source="somebody/model",
    revision="",
    wanted="fetch",
    **environment: str,
):
    """Run `fetch`, or another function, in a new process and return what it printed."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, source, revision, wanted],
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
    """Return a folder as publishers fill it: several precisions, pickles, files of other programs."""
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


def test_only_what_is_needed_is_fetched_and_progress_is_reported(model, tmp_path):
    with serving(model) as hub:
        result = fetch(tmp_path / "cache", hub.address)
    assert result["commit"] == COMMIT
    folder = Path(result["folder"])
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
    done = [step[0] for step in result["steps"]]
    assert done == sorted(done)
    assert done[-1] == size
    assert {tuple(step[1:]) for step in result["steps"]} == {(size, "downloading somebody/model")}


def test_a_cached_model_is_used_without_network(model, tmp_path):
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
    "missing_path",
    ["unet/diffusion_pytorch_model.fp16.safetensors", "vae/config.json", "scheduler"],
)
def test_an_incomplete_download_is_recognised(model, tmp_path, missing_path):
    cache = tmp_path / "cache"
    with serving(model) as hub:
        folder = Path(fetch(cache, hub.address)["folder"])
        missing = folder / missing_path
        shutil.rmtree(missing) if missing.is_dir() else missing.unlink()
        message = fetch(cache, NOWHERE, revision=COMMIT, HF_HUB_OFFLINE="1")["error"]
        assert "is not completely on this machine" in message
        assert fetch(cache, hub.address, revision=COMMIT)["folder"] == str(folder)
    assert missing.exists()


def test_an_interrupted_download_is_continued(model, tmp_path):
    """The client writes 10 MiB at a time and does not request again what it wrote."""
    big = "unet/diffusion_pytorch_model.fp16.safetensors"
    (model / big).write_bytes(bytes(range(256)) * (24 * 2**12))
    with serving(model) as hub:
        hub.cut_once = big
        folder = Path(fetch(tmp_path / "cache", hub.address)["folder"])
    assert hub.ranges == [f"{big} bytes={10 * 2**20}-"]
    assert (folder / big).read_bytes() == (model / big).read_bytes()


def test_an_unreachable_hub(tmp_path):
    message = fetch(tmp_path, NOWHERE)["error"]
    assert "somebody/model is not completely on this machine" in message
    assert "connect to the network" in message


def test_a_model_that_is_not_in_the_cache_offline(tmp_path):
    message = fetch(tmp_path, "https://huggingface.co", HF_HUB_OFFLINE="1")["error"]
    assert "unset HF_HUB_OFFLINE" in message


def test_a_model_or_revision_that_does_not_exist(model, tmp_path):
    with serving(model) as hub:
        message = fetch(tmp_path / "cache", hub.address, "somebody/else")["error"]
        assert "no model 'somebody/else' at revision 'main'" in message
        message = fetch(tmp_path / "cache", hub.address, revision="v9")["error"]
        assert "no model 'somebody/model' at revision 'v9'" in message


def test_a_commit_that_its_publisher_has_rewritten(model, tmp_path):
    gone = "f" * 40
    with serving(model) as hub:
        message = fetch(tmp_path / "cache", hub.address, revision=gone)["error"]
    assert "no longer has the commit ffffffffffff of somebody/model" in message
    assert "\n" not in message


def test_a_vision_transformer_is_fetched_and_then_used_offline(tmp_path):
    model = save_small_dinov2(tmp_path / "dinov2")
    (model / "pytorch_model.bin").write_bytes(b"0")
    cache = tmp_path / "cache"
    with serving(model) as hub:
        first = fetch(cache, hub.address, revision=COMMIT, wanted="fetch_transformer")
        assert sorted(hub.downloads) == ["config.json", "model.safetensors"]
        (model / "model.safetensors").unlink()
        message = fetch(tmp_path / "other", hub.address, wanted="fetch_transformer")["error"]
        assert "has no model.safetensors" in message
    sizes = [(Path(first["folder"]) / name).stat().st_size for name in hub.downloads]
    assert first["steps"][-1] == [sum(sizes), sum(sizes), "downloading somebody/model"]
    again = fetch(cache, NOWHERE, revision=COMMIT, wanted="fetch_transformer")
    assert (again["folder"], again["commit"]) == (first["folder"], COMMIT)
    message = fetch(tmp_path / "third", NOWHERE, wanted="fetch_transformer")["error"]
    assert "is not completely on this machine" in message


def test_a_model_behind_terms(model, tmp_path):
    with serving(model) as hub:
        hub.gated = True
        message = fetch(tmp_path / "cache", hub.address)["error"]
    assert "accept its terms" in message
    assert "hf auth login" in message


def test_a_model_of_pickles_is_refused_before_anything_is_fetched(model, tmp_path):
    for path in (model / "unet").glob("*.safetensors"):
        path.unlink()
    with serving(model) as hub:
        message = fetch(tmp_path / "cache", hub.address)["error"]
    assert "no .safetensors file in unet; pickles are not downloaded" in message
    assert hub.downloads == []


def test_another_architecture_is_refused_before_anything_is_fetched(model, tmp_path):
    (model / "unet").rename(model / "transformer")
    with serving(model) as hub:
        message = fetch(tmp_path / "cache", hub.address)["error"]
    assert "has no unet/config.json" in message
    assert hub.downloads == []


def test_an_unwritable_cache(model, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with serving(model) as hub:
        message = fetch(tmp_path / "file" / "cache", hub.address)["error"]
    assert f"cannot be stored in {tmp_path / 'file' / 'cache'}" in message
    assert "HF_HUB_CACHE" in message


def test_a_hub_model_is_loaded_from_the_cache_by_its_id(model, tmp_path):
    cache = tmp_path / "cache"
    with serving(model) as hub:
        fetch(cache, hub.address)
    script = (
        "import json; from napari_homolog import load_backbone; "
        "model = load_backbone('somebody/model', device='cpu'); model.empty_prompt; "
        "print(json.dumps(model.to_dict()))"
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
    described = json.loads(done.stdout)
    assert (described["name"], described["revision"]) == ("somebody/model", COMMIT)


@pytest.mark.parametrize("name", ["somebody/model", "some-body/model.v1_2"])
def test_hub_ids(name):
    assert is_hub_id(name)


@pytest.mark.parametrize(
    "name", ["model", "a/b/c", "./model", "../model", "~/model", "a/model.safetensors", "a/", "/b"]
)
def test_names_that_are_not_hub_ids(name):
    assert not is_hub_id(name)
