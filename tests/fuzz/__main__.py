"""Build and run the fuzzers: ``cd tests && python -m fuzz --seconds 20``.

Needs clang with libFuzzer. An input that breaks something is left in the working folder and named;
put it into ``tests/fuzz/found/<target>/`` together with what repairs it.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from fuzz.seeds import SEEDS, write_seeds

_HERE = Path(__file__).parent
_EXT = _HERE.parents[1] / "ext"

SOURCES = {"pdu": ["pdu/pdu.c"], "part10": ["part10/part10.c", "part10/table.c"]}
"""The C of each target, beside its harness ``fuzz_<target>.c``."""

_MOST_BYTES = {"pdu": 4_000, "part10": 24_000}
_INPUT_SECONDS = 5
_MEMORY_MB = 1024


def build(target: str, compiler: str, folder: Path) -> Path:
    """Compile a target with libFuzzer, ASan and UBSan, and return the program.

    Raises
    ------
    subprocess.CalledProcessError
        Where the compiler fails, which has said why.
    """
    program = folder / f"fuzz_{target}"
    sources = [_HERE / f"fuzz_{target}.c", *(_EXT / source for source in SOURCES[target])]
    options = ["-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror"]
    options += ["-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=undefined"]
    includes = ["-I", _EXT / target, "-I", _HERE]
    subprocess.run([compiler, *options, *includes, *sources, "-o", program], check=True)
    return program


def fuzz(target: str, compiler: str, seconds: int, folder: Path) -> bool:
    """Replay the seeds of a target, then mutate them for a while; return whether nothing broke."""
    try:
        program = build(target, compiler, folder)
    except subprocess.CalledProcessError:
        print(f"{target}: DOES NOT COMPILE")
        return False
    seeds, grown = folder / f"{target}-seeds", folder / f"{target}-grown"
    seeds.mkdir()
    grown.mkdir()
    count = write_seeds(target, seeds)
    limits = [f"-timeout={_INPUT_SECONDS}", f"-rss_limit_mb={_MEMORY_MB}"]
    limits.append(f"-artifact_prefix={folder}/{target}-")
    log = folder / f"{target}.log"
    with log.open("w") as output:
        replay = [program, *limits, "-runs=0", seeds]
        result = subprocess.run(replay, check=False, stdout=output, stderr=subprocess.STDOUT)
        if result.returncode == 0 and seconds:
            mutate = [
                program,
                *limits,
                f"-max_total_time={seconds}",
                f"-max_len={_MOST_BYTES[target]}",
            ]
            mutate += ["-print_final_stats=1", grown, seeds]
            result = subprocess.run(mutate, check=False, stdout=output, stderr=subprocess.STDOUT)
    text = log.read_text(errors="replace")
    if result.returncode:
        print("\n".join(text.splitlines()[-60:]))
        print(f"{target}: BROKEN, see {folder}")
        return False
    stats = dict(line[6:].split(":", 1) for line in text.splitlines() if line.startswith("stat::"))
    runs = stats.get("number_of_executed_units", "0").strip()
    print(f"{target}: {count} seeds replayed, {runs} inputs in {seconds} s, nothing broke")
    return True


def main() -> int:
    """Run what the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*SEEDS, []], help="all by default")
    parser.add_argument("--seconds", type=int, default=20, help="of mutation for each target")
    parser.add_argument("--compiler", default="clang")
    arguments = parser.parse_args()
    if shutil.which(arguments.compiler) is None:
        print(f"The fuzzers need {arguments.compiler} (on Debian: clang and libclang-rt-dev).")
        return 2
    folder = Path(tempfile.mkdtemp(prefix="fastsend-fuzz-"))
    targets = arguments.targets or list(SEEDS)
    whole = [fuzz(one, arguments.compiler, arguments.seconds, folder) for one in targets]
    if not all(whole):
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
