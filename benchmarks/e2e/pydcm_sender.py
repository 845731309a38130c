"""Sends a folder with pydcm, which has no command line: ``pydcm_sender.py HOST PORT PATH``.

Run by a Python that has pydcm. This is the way that its documentation shows for many files: the
contexts that they need, one association, the files streamed by its native code.
"""

import sys
from pathlib import Path

from pydcm.dimse import AE


def main() -> None:
    host, port, target = sys.argv[1:]
    path = Path(target)
    files = sorted(map(str, path.iterdir())) if path.is_dir() else [target]
    ae = AE(ae_title="PYDCM")
    ae.add_requested_contexts_for_files(files)
    association = ae.associate(host, int(port))
    if not association.is_established:
        sys.exit("no association")
    done = association.send_c_store_files(files)
    association.release()
    if done["succeeded"] != len(files):
        sys.exit(f"not everything was stored: {done}")


if __name__ == "__main__":
    main()
