"""The observer of a run that logs, and shows the progress bar."""

from __future__ import annotations

import logging
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from fastsend.model.transfer_syntax import transfer_syntax_name
from fastsend.report.contexts import context_lines
from fastsend.report.quantity import megabytes, number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fastsend.model.proposal import PresentationContext
    from fastsend.model.result import StoreResult
    from fastsend.report.progress import ProgressBar

BAR_AFTER = 0.5
"""Seconds; a run that is over by then neither shows a bar nor loads what draws it."""

logger = logging.getLogger("fastsend")
network_logger = logging.getLogger("fastsend.network")
"""For what happens on the network: a log configuration can tell it from the rest."""


class ConsoleObserver:
    """Logs what happens; with `bar`, shows how far the run is.

    Parameters
    ----------
    bar : bool
        Show the progress bar on stderr.
    verbose_contexts : bool
        Log the presentation contexts of each association.
    clock : callable
        Seconds that only grow.
    """

    def __init__(
        self,
        *,
        bar: bool = False,
        verbose_contexts: bool = False,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._shows_bar = bar
        self._bar: ProgressBar | None = None
        self._total: tuple[int, int] | None = None
        self._associations = 0
        self._verbose_contexts = verbose_contexts
        self._clock = clock
        self._start = clock()

    @property
    def wants_results(self) -> bool:
        """True where a line for each instance is logged."""
        return network_logger.isEnabledFor(logging.INFO)

    def scanned(self, instances: int, data_set_bytes: int, skipped: int) -> None:
        """Log what there is to send."""
        self._total = (instances, data_set_bytes)
        if self._bar is not None:
            self._draw(lambda bar: bar.set_total(instances, data_set_bytes))
        logger.info(
            "%s to send%s, %s; %s skipped",
            number_of(instances, "instance"),
            " in all" if self._associations else "",
            megabytes(data_set_bytes),
            number_of(skipped, "file"),
        )

    def association_opened(
        self,
        number: int,
        description: str,
        contexts: Sequence[tuple[PresentationContext, str | None]],
    ) -> None:
        """Log the association, and its presentation contexts where asked for or debugging."""
        self._associations += 1
        accepted = sum(syntax is not None for _, syntax in contexts)
        network_logger.info(
            "Association %d accepted by %s: %d of %s accepted",
            number,
            description or "the peer",
            accepted,
            number_of(len(contexts), "presentation context"),
        )
        level = logging.INFO if self._verbose_contexts else logging.DEBUG
        if network_logger.isEnabledFor(level):
            for line in context_lines(contexts):
                network_logger.log(level, "%s", line)

    def association_closed(self, number: int, how: str) -> None:
        """Log the end of the association."""
        network_logger.info("Association %d %s", number, how)

    def result(self, result: StoreResult) -> None:
        """Log a line for the instance; its path, which may name a patient, only for debugging."""
        from fastsend.report.advice import outcome_text
        from fastsend.report.dcmtk_names import dcmtk_class_name

        network_logger.log(
            logging.INFO if result.stored else logging.WARNING,
            "Instance %d, %s %s: %s, %d bytes, %.1f ms%s%s%s",
            result.number,
            dcmtk_class_name(result.sop_class_uid, result.sop_class_uid),
            result.sop_instance_uid,
            outcome_text(result),
            result.data_set_bytes,
            result.seconds * 1e3,
            self._association_of(result),
            f", context {result.context_id}" if result.context_id else "",
            _conversion(result),
        )
        network_logger.debug("  was %s", result.path)

    def _association_of(self, result: StoreResult) -> str:
        """Say which association an instance went on, where there has been more than one."""
        if self._associations > 1 and result.association:
            return f", association {result.association}"
        return ""

    def progress(self, instances: int, data_set_bytes: int) -> None:
        """Draw the bar, once the run is not over in a moment."""
        if not self._shows_bar:
            return
        if self._bar is not None or self._clock() - self._start >= BAR_AFTER:
            self._draw(lambda bar: bar.show(instances, data_set_bytes))

    def _draw(self, draw: Callable[[ProgressBar], None]) -> None:
        try:
            if self._bar is None:
                from fastsend.report.progress import ProgressBar

                self._bar = ProgressBar(*(self._total or (None, None)))
            draw(self._bar)
        except (OSError, ValueError):  # the terminal is gone; the transfer goes on
            self.close()

    def warning(self, text: str) -> None:
        """Log a warning."""
        logger.warning("%s", text)

    def close(self) -> None:
        """Take the bar off the screen."""
        bar, self._bar = self._bar, None
        self._shows_bar = False
        if bar is not None:
            with suppress(OSError, ValueError):
                bar.close()


def _conversion(result: StoreResult) -> str:
    """Say as what an instance was sent, where that is not what its file holds."""
    sent = result.sent_transfer_syntax_uid
    text = ""
    if sent not in (None, result.transfer_syntax_uid):
        stored = transfer_syntax_name(result.transfer_syntax_uid)
        text = f", converted from {stored} to {transfer_syntax_name(sent)}"
    if result.sent_sop_instance_uid:
        text += f", a new instance {result.sent_sop_instance_uid}"
    return f"{text}, {result.remark}" if sent and result.remark else text
