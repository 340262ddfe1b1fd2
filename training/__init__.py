"""How the embedded model is made; not shipped with the package."""
