"""Tests of the imports that the command leaves out."""

from __future__ import annotations

import subprocess
import sys


def _in_the_command(script: str) -> str:
    before = (
        "import sys\n"
        "from fastsend.cli.unneeded_imports import leave_out_unneeded_imports\n"
        "leave_out_unneeded_imports()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", before + script], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_negotiating_takes_no_codec_no_http_and_no_search_for_examples() -> None:
    script = (
        "import fastsend.association.negotiate, pydicom\n"
        "heavy = {'numpy', 'gdcm', 'openjpeg', 'libjpeg', 'PIL', 'http.client'}\n"
        "print(sorted(name for name in heavy if sys.modules.get(name) is not None))\n"
        "print('pydicom.examples' in sys.modules)"
    )
    assert _in_the_command(script).split("\n") == ["[]", "True"]


def test_what_was_put_off_is_whole_once_it_is_used() -> None:
    script = (
        "import urllib.request, pydicom\n"
        "print(urllib.request.Request('http://localhost/x').host)\n"
        "print(pydicom.examples.get_path('ct').name)"
    )
    assert _in_the_command(script).split() == ["localhost", "CT_small.dcm"]
