"""Everything that knows napari: widgets, workers and layers."""
