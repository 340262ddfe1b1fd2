from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The training is no part of the installed package.
sys.path.insert(0, str(Path(__file__).parents[2]))

from training.block_transform import LATENT_CHANNELS
from training.denoiser import new_denoiser
from training.state import TrainingState, new_state
from training.text import new_text_encoder, new_tokenizer
from training.vocabulary import words


@pytest.fixture
def small_state() -> TrainingState:
    """A state of small untrained networks with the real vocabulary."""
    tokenizer = new_tokenizer(list(words()))
    unet = new_denoiser(16, LATENT_CHANNELS, channels=(16, 32))
    return new_state(unet, new_text_encoder(tokenizer), tokenizer)
