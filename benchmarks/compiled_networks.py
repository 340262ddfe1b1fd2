"""What `torch.compile` gains at the size of Stable Diffusion 1, and how long it takes to compile.

One pass through the UNet and one encoding, as they are and compiled, on random weights: cost does not
depend on them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import torch

from napari_homolog.diffusion.threads import thread_count
from random_model import PROMPT_DIM, TOKENS, new_model
from speed import SIDE, Clock
from stored_results import store


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    device = torch.device(parser.parse_args().device)
    torch.manual_seed(0)
    torch.set_num_threads(thread_count(SIDE // 8))
    unet, vae = (network.to(device).eval() for network in new_model())
    latent = torch.randn(1, 4, SIDE // 8, SIDE // 8, device=device)
    prompt = torch.randn(1, TOKENS, PROMPT_DIM, device=device)
    picture = torch.rand(1, 3, SIDE, SIDE, device=device)
    # The processor's seconds: with one thread, those of an idle computer, also on a busy one.
    clock = Clock(device, 2, time.perf_counter if device.type == "cuda" else time.process_time)
    figures = {}
    with torch.no_grad():
        figures["pass"] = compared(unet, lambda network: network(latent, 140, prompt), clock)
        figures["encoding"] = compared(vae.encoder, lambda network: network(picture), clock)
    print(f"stored in {store(f'compiled_networks_{device.type}', figures)}")


def compared(
    network: torch.nn.Module, use: Callable[[Callable[..., object]], object], clock: Clock
) -> dict[str, float]:
    """Return the seconds of a network as it is, of its first use when compiled, and of later ones."""
    compiled = torch.compile(network)
    figures = {
        "as it is": clock.median(lambda: use(network)),
        "first use": clock.once(lambda: use(compiled)),
        "compiled": clock.median(lambda: use(compiled)),
    }
    print(figures, flush=True)
    return figures


if __name__ == "__main__":
    main()
