"""Send instances: the one place that sequences scanning, negotiation and transfer."""

from fastsend.sender.run import send

__all__ = ["send"]
