"""The command ``fastsend``."""

from fastsend.cli.command import main, main_process

__all__ = ["main", "main_process"]
