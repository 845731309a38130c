"""The command ``fastsend``."""

from fastsend.cli.command import main

__all__ = ["main"]
