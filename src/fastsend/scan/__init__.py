"""Find the instances to send: folders, files, and what of each must be known to send it."""

from fastsend.scan.scanner import ScanReport, scan
from fastsend.scan.skipped import SkippedFile

__all__ = ["ScanReport", "SkippedFile", "scan"]
