"""Which codecs there are here, and the one call that decodes or encodes a frame.

Importing this imports no codec library: a worker process does when the first frame needs it, the
main process never.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

from fastsend.codecs import header as headers
from fastsend.codecs.codec_table import BY_CODING, DECODERS, ENCODERS
from fastsend.codecs.job import CodecError, FrameJob, FrameResult
from fastsend.codecs.syntaxes import ENCAPSULATIONS
from fastsend.model.transfer_syntax import transfer_syntax_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fastsend.codecs.codec_table import Codec
    from fastsend.codecs.header import Coding, Header

_INSIST_ON_THE_END: set[Coding] = {"JPEG-LS", "JPEG 2000", "HTJ2K"}
"""Their decoders want the end marker; that nothing else is missing, they or the header tell."""
_END = b"\xff\xd9"
_BYTES_AT_ONCE = 4 << 20
"""Of native frames that are done in one call."""


@cache
def installed(package: str) -> bool:
    """Tell whether a package can be imported, without importing it."""
    return package == "fastsend" or PathFinder.find_spec(package) is not None


def available(codec: Codec) -> str | None:
    """Return the version of a codec's library, or None where it is not installed."""
    if not installed(codec.package):
        return None
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(codec.library)
    except PackageNotFoundError:
        return "unknown version"


@cache
def decodable() -> frozenset[str]:
    """Return the transfer syntaxes with a decoder here, by UID."""
    return _with_a_library(DECODERS)


@cache
def encodable() -> frozenset[str]:
    """Return the transfer syntaxes with an encoder here, by UID."""
    return _with_a_library(ENCODERS)


def _with_a_library(table: Mapping[str, tuple[Codec, ...]]) -> frozenset[str]:
    return frozenset(
        uid for uid, codecs in table.items() if any(installed(codec.package) for codec in codecs)
    )


def runs_in_thread(transfer_syntax_uid: str, operation: str = "decode") -> bool:
    """Tell whether a codec is the project's own, which threads of the main process run.

    Parameters
    ----------
    transfer_syntax_uid : str
        Of the encoded side.
    operation : str
        ``"decode"`` or ``"encode"``; what does both runs in a worker.
    """
    if operation == "transcode":
        return False
    table = ENCODERS if operation == "encode" else DECODERS
    return any(codec.runs_in == "thread" for codec in table.get(transfer_syntax_uid, ()))


def frames_at_once(job: FrameJob) -> int:
    """Return how many frames a thread is to do in one call; 1 where nothing is saved by more.

    Small ones take so little time that asking for the GIL counts.
    """
    if job.operation != "decode" or job.transfer_syntax_uid not in DECODERS:
        return 1
    most = DECODERS[job.transfer_syntax_uid][0].frames_at_once
    return max(1, min(most, _BYTES_AT_ONCE // max(job.pixels.frame_length, 1)))


def output_room(job: FrameJob) -> int:
    """Return the bytes to reserve for the output of a job.

    Noise becomes longer when it is compressed; small frames have more header than samples.
    """
    length = job.pixels.frame_length
    return length if job.operation == "decode" else length + length // 2 + 65_536


def run(job: FrameJob, data: memoryview, output: memoryview) -> FrameResult:
    """Decode or encode one frame, or both, by the first codec that can.

    Parameters
    ----------
    job : FrameJob
        What to do.
    data : memoryview
        The codestream, all pixel fragments of the frame joined; or the native frame.
    output : memoryview
        As long as `output_room` says.

    Raises
    ------
    CodecError
        Where the codestream does not agree with the attributes, or no codec can do the job.
    """
    if job.operation == "transcode":
        return _transcode(job, data, output)
    if job.operation == "encode":
        return _encode(job, data, output)
    if len(output) < job.pixels.frame_length:
        raise CodecError(f"there is room for {len(output)} bytes of {job.pixels.frame_length}")
    return _decode(job, data, output)


def run_frames(
    job: FrameJob, frames: list[tuple[memoryview, memoryview]]
) -> list[FrameResult | CodecError]:
    """Do one job for several frames; for codecs that threads of the main process run.

    Parameters
    ----------
    job : FrameJob
        What to do.
    frames : list of tuple
        For each frame its input and its output, as for `run`; `frames_at_once` of them at most.

    Returns
    -------
    list of FrameResult or CodecError
        What became of each.
    """
    if len(frames) > 1 and frames_at_once(job) > 1:
        codec = DECODERS[job.transfer_syntax_uid][0]
        fits = all(len(output) >= job.pixels.frame_length for _, output in frames)
        if fits and codec.takes(job.pixels):
            decoded, errors = _module_of(codec).decode_frames(frames, job)
            decoded = decoded._replace(codec=codec.name)
            return [
                decoded if error is None else CodecError(f"{codec.name}: {_reason(error)}")
                for error in errors
            ]
    return [_outcome(job, data, output) for data, output in frames]


def _outcome(job: FrameJob, data: memoryview, output: memoryview) -> FrameResult | CodecError:
    try:
        return run(job, data, output)
    except CodecError as error:
        return error


def _transcode(job: FrameJob, codestream: memoryview, output: memoryview) -> FrameResult:
    native = memoryview(bytearray(job.pixels.frame_length))
    source = job.from_transfer_syntax_uid
    decoded = run(job._replace(operation="decode", transfer_syntax_uid=source), codestream, native)
    pixels = job.pixels._replace(
        planar_configuration=0, photometric_interpretation=decoded.photometric_interpretation
    )
    encoded = run(job._replace(operation="encode", pixels=pixels), native, output)
    return encoded._replace(
        codec=f"{decoded.codec}, {encoded.codec}", lossy=decoded.lossy or encoded.lossy
    )


def _decode(job: FrameJob, codestream: memoryview, output: memoryview) -> FrameResult:
    what = ENCAPSULATIONS.get(job.transfer_syntax_uid)
    if what is None:
        raise CodecError(f"no decoder knows {transfer_syntax_name(job.transfer_syntax_uid)}")
    if what.coding is None:
        (codec,) = DECODERS[job.transfer_syntax_uid]
        return _first(job, (codec,), lambda module: module.decode(codestream, job, None, output))
    header = headers.read(codestream)
    _check_against_syntax(header, job)
    headers.check(header, job.pixels, len(codestream))
    stream = codestream[header.start : header.end]
    if not header.ended and header.coding in _INSIST_ON_THE_END:
        stream = memoryview(b"".join((stream, _END)))
    as_said = header.coding == what.coding
    codecs = DECODERS[job.transfer_syntax_uid] if as_said else BY_CODING[header.coding]
    result = _first(job, codecs, lambda module: module.decode(stream, job, header, output))
    result = result._replace(lossy=not header.lossless)
    if as_said:
        return result
    return result._replace(codec=f"{result.codec} ({header.coding} codestream)")


def _check_against_syntax(header: Header, job: FrameJob) -> None:
    """Refuse what the transfer syntax does not hold, unless all decoders agree about its pixels."""
    what = ENCAPSULATIONS[job.transfer_syntax_uid]
    if header.exact or (header.coding == what.coding and not what.lossless_only):
        return
    raise CodecError(
        f"the codestream is {header.coding}, {header.detail}, which is not lossless, and not what "
        f"{transfer_syntax_name(job.transfer_syntax_uid)} holds"
    )


def _encode(job: FrameJob, native: memoryview, output: memoryview) -> FrameResult:
    codecs = ENCODERS.get(job.transfer_syntax_uid, ())
    if not codecs:
        raise CodecError(f"no encoder knows {transfer_syntax_name(job.transfer_syntax_uid)}")
    return _first(job, codecs, lambda module: module.encode(native, job, output))


def _first(
    job: FrameJob, codecs: tuple[Codec, ...], work: Callable[[Any], FrameResult]
) -> FrameResult:
    """Return the result of the first codec that does the work."""
    refusals = []
    for codec in codecs:
        if not codec.takes(job.pixels):
            refusals.append(f"{codec.name} takes {codec.pixels.words}")
            continue
        if not installed(codec.package):
            refusals.append(f"{codec.name}: {codec.library} is not installed")
            continue
        try:
            result = work(_module_of(codec))
        except headers.BrokenCodestreamError as error:
            raise CodecError(f"{codec.name}: {error}") from error
        except Exception as error:
            refusals.append(f"{codec.name}: {_reason(error)}")
        else:
            return result._replace(codec=codec.name)
    raise CodecError("; ".join(refusals))


def _module_of(codec: Codec) -> Any:
    return import_module(f"fastsend.codecs.backends.{codec.module}")


def _reason(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "the frame takes more memory than it may"
    lines = str(error).splitlines()
    text = lines[0][:160] if lines else ""
    return text if isinstance(error, CodecError) else f"{type(error).__name__} {text}".rstrip()
