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

from fuzz.seeds import write_seeds

_HERE = Path(__file__).parent
_EXT = _HERE.parents[1] / "ext"

TARGETS = sorted(path.stem.removeprefix("fuzz_") for path in _HERE.glob("fuzz_*.c"))
"""The modules that have a harness ``fuzz_<module>.c``; the C of ``ext/<module>`` goes with it."""

_LEFT_OUT = {"encoder_libdeflate.c"}  # the one for zlib is built instead
_LIBRARIES = {"deflate": ["-lz"]}

_MOST_BYTES = 24_000
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
    options = ["-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror"]
    options += ["-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=undefined"]
    options += [f"-I{_EXT / target}", f"-I{_HERE}"]
    kernel = (path for path in sorted((_EXT / target).glob("*.c")) if path.name not in _LEFT_OUT)
    sources = map(str, [_HERE / f"fuzz_{target}.c", *kernel])
    command = [compiler, *options, *sources, *_LIBRARIES.get(target, []), "-o", str(program)]
    subprocess.run(command, check=True)
    return program


def fuzz(target: str, compiler: str, seconds: int, folder: Path) -> bool:
    """Replay the seeds of a target, then mutate them for a while; return whether nothing broke."""
    try:
        program = str(build(target, compiler, folder))
    except subprocess.CalledProcessError:
        print(f"{target}: DOES NOT COMPILE")
        return False
    seeds, grown = folder / f"{target}-seeds", folder / f"{target}-grown"
    seeds.mkdir()
    grown.mkdir()
    count = write_seeds(target, seeds)
    limits = [f"-timeout={_INPUT_SECONDS}", f"-rss_limit_mb={_MEMORY_MB}"]
    limits.append(f"-artifact_prefix={folder}/{target}-")
    mutation = [f"-max_total_time={seconds}", f"-max_len={_MOST_BYTES}"]
    commands = [[program, *limits, "-runs=0", str(seeds)]]
    if seconds:
        commands.append(
            [program, *limits, *mutation, "-print_final_stats=1", str(grown), str(seeds)]
        )
    log = folder / f"{target}.log"
    for command in commands:
        with log.open("a") as output:
            done = subprocess.run(command, check=False, stdout=output, stderr=subprocess.STDOUT)
        if done.returncode:
            print("\n".join(log.read_text(errors="replace").splitlines()[-60:]))
            print(f"{target}: BROKEN, see {folder}")
            return False
    lines = log.read_text(errors="replace").splitlines()
    stats = dict(line[6:].split(":", 1) for line in lines if line.startswith("stat::"))
    runs = stats.get("number_of_executed_units", "0").strip()
    print(f"{target}: {count} seeds replayed, {runs} inputs in {seconds} s, nothing broke")
    return True


def main() -> int:
    """Run what the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], help="all by default")
    parser.add_argument("--seconds", type=int, default=20, help="of mutation for each target")
    parser.add_argument("--compiler", default="clang")
    arguments = parser.parse_args()
    if shutil.which(arguments.compiler) is None:
        print(f"The fuzzers need {arguments.compiler} (on Debian: clang and libclang-rt-dev).")
        return 2
    folder = Path(tempfile.mkdtemp(prefix="fastsend-fuzz-"))
    targets = arguments.targets or TARGETS
    whole = [fuzz(one, arguments.compiler, arguments.seconds, folder) for one in targets]
    if not all(whole):
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
