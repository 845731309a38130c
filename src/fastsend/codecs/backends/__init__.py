"""One module for each codec library, all of one shape.

    decode(codestream, job, header, out) -> FrameResult
    encode(native, job, out) -> FrameResult

Both write to `out`, a writable memoryview that is large enough or else refused, and raise any
exception where they cannot do the job: `fastsend.codecs.registry` asks the next one then. Who runs
in threads of the main process imports neither numpy nor a codec library.
"""
