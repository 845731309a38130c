from __future__ import annotations

import logging
import warnings

import pytest

from fastsend.scan.quiet_pydicom import silence_pydicom


def test_neither_logs_nor_warnings_come_through(caplog) -> None:
    logger = logging.getLogger("pydicom")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with silence_pydicom():
            logger.error("odd")
            warnings.warn("odd", stacklevel=1)
        logger.error("heard")
        warnings.warn("heard", stacklevel=1)
    assert [record.message for record in caplog.records] == ["heard"]
    assert [str(one.message) for one in caught] == ["heard"]


def test_an_error_ends_the_silence() -> None:
    with pytest.raises(ValueError, match="odd"), silence_pydicom():
        raise ValueError("odd")
    assert not logging.getLogger("pydicom").disabled
