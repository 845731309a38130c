"""What pydicom imports and this process does not use is left out: a quarter of the start-up."""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from importlib.util import LazyLoader
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

# For pixels, where they are installed: nothing in this process looks at pixels, the codec workers
# do that.
_CODEC_PACKAGES = ["numpy", "gdcm", "jpeg_ls", "pylibjpeg", "libjpeg", "openjpeg", "rle", "PIL"]
# To download test files, and to find those that pydicom brings.
_UNUSED_MODULES = {"urllib.request", "pydicom.examples"}


class _LazyFinder(PathFinder):
    """Finds the unused modules, which then load at the first use of anything in them."""

    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in _UNUSED_MODULES:
            return None
        spec = super().find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


def leave_out_unneeded_imports() -> None:
    """Block the codec packages, and put the unused modules off, in this process."""
    for package in _CODEC_PACKAGES:
        sys.modules[package] = None  # type: ignore[assignment]
    sys.meta_path.insert(0, _LazyFinder)
