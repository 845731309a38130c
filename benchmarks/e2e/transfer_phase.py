"""Sends one folder with fastsend as a library and prints the seconds of its transfer phase.

Run as a program of its own: ``python -P transfer_phase.py PORT FOLDER``. The phase lasts from the
first byte of the first C-STORE-RQ to the last response, without start-up, scan and negotiation.
"""

import json
import sys

from fastsend.model.options import SendOptions
from fastsend.model.report import exit_code
from fastsend.sender import send


def main() -> None:
    port, folder = sys.argv[1:]
    report = send(SendOptions(peer="127.0.0.1", port=int(port), paths=(folder,)))
    if exit_code(report) != 0:
        sys.exit(f"not everything was stored: {report.counts}, {report.error}")
    print(json.dumps({"seconds": report.transfer_seconds}))


if __name__ == "__main__":
    main()
