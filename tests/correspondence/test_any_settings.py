"""Whatever settings are accepted, landmarks are learned and located with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, event, example, given, settings
from hypothesis import strategies as st

import napari_homolog as nh
from napari_homolog.diffusion import Backbone
from napari_homolog.errors import SettingsError

LAYERS = 6
"""Cross-attention layers of the embedded model."""

tiny = st.sampled_from([1e-300, 1e-9, 1e-3])
shares = tiny | st.floats(0.01, 1)

shared = st.fixed_dictionaries(
    {},
    optional={
        "method": st.sampled_from(["cached-queries", "full-unet", "frozen", "exact"]),
        "views": st.sampled_from(["shared", "shared", "paper"]),
        "noise": st.sampled_from(["gaussian", "uniform"]),
        "layers": st.none() | st.lists(st.integers(0, LAYERS), min_size=1, unique=True).map(tuple),
        "heads": st.sampled_from(["all", "second half"]),
        "crop_share": st.floats(0.25, 1),
        "close_up_share": st.floats(0.05, 0.99),
    },
)
learn = st.fixed_dictionaries(
    {"steps": st.integers(1, 2), "restarts": st.integers(1, 2), "encodings": st.integers(1, 2)},
    optional={
        "timestep": st.none() | st.integers(0, 999),
        "close_ups": st.integers(0, 2),
        "learning_rate": tiny | st.floats(0.001, 10),
        "tolerance": st.floats(0, 1),
        "patience": st.integers(1, 3),
        "sigma": shares,
        "windows": st.integers(1, 5),
        "views_per_step": st.integers(1, 256),
        "distinct_tokens": st.integers(3, 100),
    },
)
locate = st.fixed_dictionaries(
    {"encodings": st.integers(1, 2), "crops": st.integers(4, 5), "map_side": st.integers(16, 80)},
    optional={
        "timestep": st.none() | st.integers(0, 999),
        "close_ups": st.integers(0, 2),
        "windows": st.integers(1, 5),
        "matcher": st.sampled_from(["attention", "features", "both"]),
        "temperature": st.floats(1e-3, 10),
        "shape_prior": st.just(0) | shares,
        "rotations": st.integers(1, 3),
        "mirror": st.booleans(),
        "close_up_reach": shares,
        "read_out": st.sampled_from(["centroid", "argmax"]),
        "window": shares,
    },
)
PAPER: dict[str, Any] = {
    "shared": {"method": "full-unet", "views": "paper", "noise": "uniform", "heads": "second half"},
    "learn": {"steps": 2, "restarts": 2},
    "locate": {"crops": 5, "read_out": "argmax"},
}
PRECISE: dict[str, Any] = {
    "shared": {},
    "learn": {"steps": 2, "restarts": 1, "encodings": 1, "close_ups": 1},
    "locate": {
        **{"encodings": 1, "map_side": 64, "matcher": "both", "close_ups": 1},
        **{"shape_prior": 1e-9, "close_up_reach": 1e-9, "window": 1e-9},
    },
}


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@example(PAPER, (40, 60), 3)
@example(PRECISE, (40, 60), 3)
@given(
    st.fixed_dictionaries({"shared": shared, "learn": learn, "locate": locate}),
    st.tuples(st.integers(16, 90), st.integers(16, 90)),
    st.integers(1, 3),
)
def test_every_accepted_preset_learns_and_locates(
    embedded: Backbone, parts: dict[str, Any], shape: tuple[int, int], count: int
) -> None:
    try:
        preset = nh.Preset(name="any", **parts)
    except SettingsError:
        event("refused at once")
        return
    rng = np.random.default_rng(count)
    image = rng.random((*shape, 3), dtype=np.float32)
    points = rng.uniform(0, np.array(shape) - 1, (count, 2))
    landmarks = nh.Landmarks.from_arrays(("tip", "base", "notch")[:count], points)
    if max(preset.shared.layers or (0,)) >= LAYERS:
        with pytest.raises(SettingsError, match="this model has layers 0 to 5"):
            nh.learn(embedded, [nh.Reference(image, landmarks)], preset=preset)
        return
    event(f"{preset.shared.views} views, {preset.shared.method}")
    learned = nh.learn(embedded, [nh.Reference(image, landmarks)], preset=preset)
    assert learned.coarse.tokens.isfinite().all()
    assert nh.LandmarkSet.from_bytes(learned.to_bytes(), "memory").preset == learned.preset
    prediction = nh.locate(embedded, image, learned)
    assert prediction.points.shape == (count, 2)
    assert (prediction.points >= -0.5).all()
    assert (prediction.points <= np.array(shape) - 0.5).all()
    assert ((prediction.confidence >= 0) & (prediction.confidence <= 1)).all()
    assert np.isfinite(prediction.covariance).all()
    assert prediction.maps.min() >= 0
    assert prediction.maps.max() <= 1 + 1e-5
    if prediction.expected_error is not None:
        assert np.isfinite(prediction.expected_error).all()
