"""From approximate points to sub-pixel ones: each reference is registered on the target."""
