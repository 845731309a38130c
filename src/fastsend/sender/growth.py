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
SECOND_LOOKS = 1
"""A stall, of the peer's disk as of this machine, is no reason to do with less: what speaks for it
has to be seen once more."""


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


class Rate(NamedTuple):
    """What was done in a second.

    Where the round trip is the limit it is the same number of instances, whatever they have;
    elsewhere rather the same number of bytes.
    """

    data_set_bytes: float
    instances: float

    def reaches(self, other: Rate, factor: float = 1.0) -> bool:
        """Return True where either is at least `factor` times that of `other`."""
        return (
            self.data_set_bytes >= other.data_set_bytes * factor
            or self.instances >= other.instances * factor
        )


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
        self._rates: dict[int, Rate] = {}
        self._only_one: str | None = None
        self._opening_since: float | None = None
        self._warm_at: float | None = None
        self._from: Progress | None = None
        self._active = 0
        self._looks_left = SECOND_LOOKS

    def keep_one(self, reason: str) -> None:
        """Never go beyond one association, unless a number was asked for.

        Parameters
        ----------
        reason : str
            Why, in words for the user. They get to know it where a second one would be tried.
        """
        self._only_one = reason

    def give_way(self, number: int, reason: str) -> None:
        """Settle for `number` associations at most, for the peer takes no more."""
        if number < self.wanted:
            self.wanted = max(number, 1)
            self.reason = reason
        self.settled = True
        self._opening_since = None
        self._begin_window()

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
                self._opening_since = None
                self._begin_window()
            elif now.seconds - self._opening_since > PATIENCE_SECONDS:
                self.give_way(active, "it did not answer the request for another")
        elif active != self._active:  # of the next proposal, or at the end of the run
            self._active = active
            self._begin_window()
        elif self._fixed or active != self.wanted:
            pass
        elif self._warm_at is None:
            self._warm_at = now.seconds + WARM_UP_SECONDS
        elif self._from is None:
            self._from = now if now.seconds >= self._warm_at else None
        elif self._window_is_over(self._from, now, active):
            rate = _rate_between(self._from, now)
            self._from = now
            if self.settled:
                self._watch(rate, active)
            else:
                self._judge(rate, active, now)
        return self.wanted

    def _begin_window(self) -> None:
        self._warm_at = self._from = None
        self._looks_left = SECOND_LOOKS

    def _window_is_over(self, start: Progress, now: Progress, active: int) -> bool:
        elapsed = now.seconds - start.seconds
        if self.settled:
            return elapsed >= WATCH_SECONDS
        enough = now.instances - start.instances >= WINDOW_INSTANCES * active
        return elapsed >= (WINDOW_SECONDS if enough else LONGEST_WINDOW_SECONDS)

    def _judge(self, rate: Rate, active: int, now: Progress) -> None:
        """Keep the step or take it back, and take the next one where there is one."""
        level = LEVELS.index(active)
        before = LEVELS[level - 1] if level else 0
        if before and not rate.reaches(self._rates[before], 1 + LEAST_GAIN * (active / before - 1)):
            if self._is_sure():
                self.give_way(before, "more of them were not faster")
            return
        self._rates[active] = rate
        if level + 1 == len(LEVELS) or _is_nearly_over(now, rate):
            self.settled = True
        elif self._only_one is not None:
            self.settled = True
            self.reason = self._only_one
        else:
            self.wanted = LEVELS[level + 1]
            self._opening_since = now.seconds
        self._begin_window()

    def _watch(self, rate: Rate, active: int) -> None:
        """Take a step back where what it gained is gone."""
        fewer = max((level for level in self._rates if level < active), default=None)
        if fewer is None or rate.reaches(self._rates[fewer]):
            self._looks_left = SECOND_LOOKS
        elif self._is_sure():
            self.give_way(fewer, "with more of them it became slower")

    def _is_sure(self) -> bool:
        """Return True where this was seen before."""
        self._looks_left -= 1
        return self._looks_left < 0


def _rate_between(start: Progress, end: Progress) -> Rate:
    seconds = end.seconds - start.seconds
    return Rate(
        (end.data_set_bytes - start.data_set_bytes) / seconds,
        (end.instances - start.instances) / seconds,
    )


def _is_nearly_over(now: Progress, rate: Rate) -> bool:
    return now.left_bytes is not None and now.left_bytes < WORTH_SECONDS * rate.data_set_bytes
