"""How many associations send at the same time: the rule of ``--associations auto``."""

from __future__ import annotations

from typing import NamedTuple

LEVELS = (1, 2, 4)
"""Associations, one step after the other."""
LEAST_GAIN = 0.2
"""Of what as many more associations would bring if each did as much as those before: a step that
gains less is taken back."""
WARM_UP_SECONDS = 0.2
"""A new connection does not have its rate yet."""
WINDOW_SECONDS = 0.3
WINDOW_INSTANCES = 8
"""On each association: between responses nothing can be told."""
LONGEST_WINDOW_SECONDS = 3.0
WORTH_SECONDS = 1.0
"""A run that is over sooner gains nothing from another association."""
PATIENCE_SECONDS = 2.0
"""How long the peer may take to answer a further request."""
WATCH_SECONDS = 2.0
"""How often it is looked whether what was gained is still there."""


class Progress(NamedTuple):
    """How far a run is."""

    seconds: float
    """By a clock that only rises."""
    data_set_bytes: int
    """Sent so far."""
    instances: int
    """Done with so far."""
    left_bytes: int | None
    """Not sent yet; None where more may come."""


class Growth:
    """Says how many associations are wanted.

    Starts with one, goes on to two and four, and keeps a step that gains enough. After the first
    one that does not, or anything that the peer has against it, the number is settled; from then on
    it only falls: when the rate falls below that of less associations, or when one is lost.

    Parameters
    ----------
    fixed : int, optional
        That many from the start, as long as the peer takes them.
    """

    def __init__(self, fixed: int | None = None) -> None:
        self.wanted = fixed or LEVELS[0]
        self.settled = fixed is not None
        self.reason: str | None = None
        """Why there are not more, in words for the user; None where there is nothing to say."""
        self._fixed = fixed is not None
        self._rates: dict[int, float] = {}
        self._opening_since: float | None = None
        self._warm_at: float | None = None
        self._from: Progress | None = None

    def give_way(self, number: int, reason: str) -> None:
        """Settle for `number` associations at most, for the peer takes no more."""
        if number < self.wanted:
            self.wanted = max(number, 1)
            self.reason = reason
        self.settled = True
        self._from = self._opening_since = self._warm_at = None

    def refused(self, number: int, reason: str) -> None:
        """Do without a further association that did not come about.

        Parameters
        ----------
        number : int
            Associations that send or are still asked for.
        reason : str
            Why it did not, in words for the user.
        """
        if not self._fixed:
            number = max((level for level in self._rates if level <= number), default=1)
        self.give_way(number, reason)

    def observe(self, now: Progress, active: int) -> int:
        """Take how far the run is, and return how many associations are wanted.

        Parameters
        ----------
        now : Progress
            At a later moment than those before.
        active : int
            Associations that send.
        """
        if self._opening_since is not None:
            if active >= self.wanted:
                self._opening_since = self._warm_at = self._from = None
            elif now.seconds - self._opening_since > PATIENCE_SECONDS:
                self.give_way(active, "it did not answer the request for another")
        elif self._warm_at is None:
            self._warm_at = now.seconds + WARM_UP_SECONDS
        elif self._from is None:
            self._from = now if now.seconds >= self._warm_at else None
        elif self._window_is_over(self._from, now, active):
            self._judge(self._from, now, active)
            self._from = now
        return self.wanted

    def _window_is_over(self, start: Progress, now: Progress, active: int) -> bool:
        elapsed = now.seconds - start.seconds
        if self.settled:
            return elapsed >= WATCH_SECONDS
        enough = now.instances - start.instances >= WINDOW_INSTANCES * active
        return elapsed >= (WINDOW_SECONDS if enough else LONGEST_WINDOW_SECONDS)

    def _judge(self, start: Progress, now: Progress, active: int) -> None:
        rate = (now.data_set_bytes - start.data_set_bytes) / (now.seconds - start.seconds)
        if self.settled:
            self._watch(rate, active)
            return
        self._rates[active] = rate
        level = LEVELS.index(self.wanted)
        before = LEVELS[level - 1] if level else 0
        if before and rate < self._rates[before] * (1 + LEAST_GAIN * (active / before - 1)):
            self.give_way(before, "more of them were not faster")
        elif level + 1 == len(LEVELS) or _is_nearly_over(now, rate):
            self.settled = True
        else:
            self.wanted = LEVELS[level + 1]
            self._opening_since = now.seconds

    def _watch(self, rate: float, active: int) -> None:
        """Take a step back where what it gained is gone."""
        fewer = [level for level in self._rates if level < active]
        if fewer and rate < self._rates[max(fewer)] and not self._fixed:
            self.give_way(max(fewer), "with more of them it became slower")


def _is_nearly_over(now: Progress, rate: float) -> bool:
    return now.left_bytes is not None and now.left_bytes < WORTH_SECONDS * rate
