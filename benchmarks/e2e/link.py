"""Links between sender and receiver that are long or narrow: a relay of C on loopback."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.e2e.sink import compiled

if TYPE_CHECKING:
    from benchmarks.e2e.receivers import Receiver


class Link(NamedTuple):
    """What lies between a sender and a receiver."""

    name: str
    round_trip: float = 0.0
    """Seconds."""
    rate: int = 0
    """Bits a second, all connections together; 0 is without limit."""


LINKS = {
    link.name: link
    for link in (
        Link("local"),
        Link("2ms", 0.002),
        Link("20ms", 0.020),
        Link("100ms", 0.100),
        Link("20ms-100mbit", 0.020, 100_000_000),
    )
}


def over(link: Link, kind: type[Receiver]) -> type[Receiver]:
    """Return the same receiver at the far end of a link."""
    if not (link.round_trip or link.rate):
        return kind

    class Far(kind):  # type: ignore[valid-type,misc]
        name = f"{kind.name} over {link.name}"
        port: int

        def _open(self) -> None:
            super()._open()
            relay = compiled("link", self._scratch)
            numbers = self.port, round(link.round_trip * 1e6), link.rate
            self._relay = subprocess.Popen(
                [str(relay), *map(str, numbers)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
            )
            assert self._relay.stdout is not None
            self.port = int(self._relay.stdout.readline())

        def _stop(self) -> None:
            relay = self.__dict__.pop("_relay", None)
            if relay is not None:
                relay.kill()
                relay.communicate()
            super()._stop()

    return Far
