"""``python -m fastsend``."""

from fastsend.cli import main_process

main_process()
