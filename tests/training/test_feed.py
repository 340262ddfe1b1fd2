from __future__ import annotations

import numpy as np
import pytest
from training.feed import Reservoir, make_picture
from training.text import new_tokenizer
from training.vocabulary import MAX_TOKENS, Tokens, words


def test_tokens_are_those_of_the_tokenizer() -> None:
    tokenizer = new_tokenizer(list(words()))
    captions = ["", *(make_picture(1, number, 48)[1] for number in range(30))]
    expected = tokenizer(
        captions, padding="max_length", max_length=MAX_TOKENS, return_tensors="np"
    ).input_ids
    np.testing.assert_array_equal(Tokens(tokenizer.get_vocab())(captions), expected)


def test_an_unknown_word_is_an_error() -> None:
    tokens = Tokens(new_tokenizer(list(words())).get_vocab())
    with pytest.raises(ValueError, match="unicorn"):
        tokens(["a unicorn on blue"])


def test_a_number_gives_the_same_picture_and_another_number_another() -> None:
    first, caption = make_picture(3, 10, 48)
    again, same_caption = make_picture(3, 10, 48)
    np.testing.assert_array_equal(first, again)
    assert caption == same_caption
    assert not np.array_equal(first, make_picture(3, 11, 48)[0])


def test_a_reservoir_generates_as_many_pictures_as_are_due() -> None:
    vocabulary = new_tokenizer(list(words())).get_vocab()
    reservoir = Reservoir(vocabulary, 5, 640, 48, least=100)
    try:
        latents, tokens = reservoir.batch(8, np.random.default_rng(0))
        # Handed over 64 at a time: at least 100 and one for every 4 pictures shown.
        assert reservoir.generated == 128
        assert latents.shape == (8, 12, 12, 12)
        assert tokens.shape == (8, MAX_TOKENS)
        reservoir.batch(300, np.random.default_rng(0))
        assert reservoir.generated == 192
    finally:
        reservoir.close()
