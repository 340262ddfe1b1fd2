"""Jobs on a project: learning its landmarks and transferring them, whoever runs them.

The command line runs a job in its own thread, the napari dock in a worker beside the window, a cluster
on the workers of Dask. All of them run the same jobs, with the same seeds, and record the same results.
"""

from __future__ import annotations

from .curve_job import CurveJob, CurveTask
from .failures import Failure, explain
from .image_suppliers import ImageArray, ImageFile, ImageSupplier, MissingImage, image_files
from .learn_job import LearnJob
from .refine_job import RefineJob, RefineTask
from .runners import RunReport, in_this_thread, run
from .transfer_job import TransferJob, TransferTask, TransferWork, attention_work

__all__ = [
    "CurveJob",
    "CurveTask",
    "Failure",
    "ImageArray",
    "ImageFile",
    "ImageSupplier",
    "LearnJob",
    "MissingImage",
    "RefineJob",
    "RefineTask",
    "RunReport",
    "TransferJob",
    "TransferTask",
    "TransferWork",
    "attention_work",
    "explain",
    "image_files",
    "in_this_thread",
    "run",
]
