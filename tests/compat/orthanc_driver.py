"""Runs one of Orthanc's integration tests, in a process of its own.

    python orthanc_driver.py SOURCES LOCAL_HTTP_PORT HTTP_PORT DICOM_PORT AE_TITLE TEST

It is what ``Tests/Run.py`` of the sources does, but for the ports and the temporary files of that,
which are the same in every run.
"""

from __future__ import annotations

import sys
import unittest


def main() -> int:
    """Return the exit code."""
    folder, local_http_port, http_port, dicom_port, ae_title, test = sys.argv[1:]
    sys.path.insert(0, f"{folder}/Tests")
    import Tests  # type: ignore[import-not-found]
    import Toolbox  # type: ignore[import-not-found]

    local = Toolbox.DefineOrthanc(server="127.0.0.1", restPort=int(local_http_port))
    remote = Toolbox.DefineOrthanc(
        server="127.0.0.1", restPort=int(http_port), aet=ae_title, dicomPort=int(dicom_port)
    )
    Tests.SetOrthancParameters(local, remote, False)
    suite = unittest.defaultTestLoader.loadTestsFromName(f"Orthanc.{test}", Tests)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    return 0 if result.wasSuccessful() and result.testsRun == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
