"""JPEG Lossless, JPEG-LS and JPEG 2000 by GDCM; it holds the GIL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gdcm  # type: ignore[import-untyped,import-not-found,unused-ignore]
import numpy as np

from fastsend.codecs.backends.samples import put_native, sample_bytes
from fastsend.codecs.job import CodecError, FrameJob, FrameResult

if TYPE_CHECKING:
    from fastsend.codecs.header import Header

_SYNTAXES = {
    "JPEG Lossless": "1.2.840.10008.1.2.4.57",
    "JPEG-LS": "1.2.840.10008.1.2.4.81",
    "JPEG 2000": "1.2.840.10008.1.2.4.91",
}


def decode(codestream: memoryview, job: FrameJob, header: Header, out: memoryview) -> FrameResult:
    """Decode one frame, described by its own header and not by the attributes."""
    size = sample_bytes(header.precision)
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(bytes(codestream))
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((header.columns, header.rows, 1))
    image.SetDataElement(element)
    # No name that asks for a conversion: the samples as they come.
    interpretation = "MONOCHROME2" if header.components == 1 else "RGB"
    image.SetPhotometricInterpretation(
        gdcm.PhotometricInterpretation(gdcm.PhotometricInterpretation.GetPIType(interpretation))
    )
    image.SetTransferSyntax(
        gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(_SYNTAXES[header.coding]))
    )
    image.SetPixelFormat(
        gdcm.PixelFormat(
            header.components, 8 * size, header.precision, header.precision - 1, int(header.signed)
        )
    )
    # The binding makes text of the bytes.
    text = image.GetBuffer()
    if text is None:
        raise CodecError("it refuses the codestream")
    native = text.encode("utf-8", "surrogateescape")
    if len(native) != header.rows * header.columns * header.components * size:
        raise CodecError(f"it gives {len(native)} bytes")
    samples = np.frombuffer(native, f"<{'i' if header.signed else 'u'}{size}")
    return put_native(samples, job, header, out)
