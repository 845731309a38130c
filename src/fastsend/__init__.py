"""Send DICOM instances to a Storage SCP, fast and byte for byte."""

from fastsend._version import __version__

__all__ = ["__version__"]
