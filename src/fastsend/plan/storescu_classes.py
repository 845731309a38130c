"""The SOP classes that storescu proposes where it is not told to look at the files (``-R``)."""

from __future__ import annotations

_STORAGE = "1.2.840.10008.5.1.4.1.1."

DEFAULT_SOP_CLASSES = tuple(
    _STORAGE + suffix
    for suffix in (
        "9.1.3",  # Ambulatory ECG Waveform Storage
        "88.11",  # Basic Text SR Storage
        "9.4.1",  # Basic Voice Audio Waveform Storage
        "11.4",  # Blending Softcopy Presentation State Storage
        "9.3.1",  # Cardiac Electrophysiology Waveform Storage
        "88.65",  # Chest CAD SR Storage
        "88.69",  # Colon CAD SR Storage
        "11.2",  # Color Softcopy Presentation State Storage
        "88.33",  # Comprehensive SR Storage
        "1",  # Computed Radiography Image Storage
        "2",  # CT Image Storage
        "1.3",  # Digital Intra-Oral X-Ray Image Storage - For Presentation
        "1.3.1",  # Digital Intra-Oral X-Ray Image Storage - For Processing
        "1.2",  # Digital Mammography X-Ray Image Storage - For Presentation
        "1.2.1",  # Digital Mammography X-Ray Image Storage - For Processing
        "1.1",  # Digital X-Ray Image Storage - For Presentation
        "1.1.1",  # Digital X-Ray Image Storage - For Processing
        "104.1",  # Encapsulated PDF Storage
        "2.1",  # Enhanced CT Image Storage
        "4.1",  # Enhanced MR Image Storage
        "88.22",  # Enhanced SR Storage
        "12.1.1",  # Enhanced XA Image Storage
        "12.2.1",  # Enhanced XRF Image Storage
        "9.1.2",  # General ECG Waveform Storage
        "11.1",  # Grayscale Softcopy Presentation State Storage
        "9.2.1",  # Hemodynamic Waveform Storage
        "88.59",  # Key Object Selection Document Storage
        "88.50",  # Mammography CAD SR Storage
        "4",  # MR Image Storage
        "4.2",  # MR Spectroscopy Storage
        "7.2",  # Multi-frame Grayscale Byte Secondary Capture Image Storage
        "7.3",  # Multi-frame Grayscale Word Secondary Capture Image Storage
        "7.1",  # Multi-frame Single Bit Secondary Capture Image Storage
        "7.4",  # Multi-frame True Color Secondary Capture Image Storage
        "20",  # Nuclear Medicine Image Storage
        "77.1.5.2",  # Ophthalmic Photography 16 Bit Image Storage
        "77.1.5.1",  # Ophthalmic Photography 8 Bit Image Storage
        "77.1.5.4",  # Ophthalmic Tomography Image Storage
        "128",  # Positron Emission Tomography Image Storage
        "88.40",  # Procedure Log Storage
        "11.3",  # Pseudo-Color Softcopy Presentation State Storage
        "66",  # Raw Data Storage
        "67",  # Real World Value Mapping Storage
        "481.4",  # RT Beams Treatment Record Storage
        "481.6",  # RT Brachy Treatment Record Storage
        "481.2",  # RT Dose Storage
        "481.1",  # RT Image Storage
        "481.5",  # RT Plan Storage
        "481.3",  # RT Structure Set Storage
        "481.7",  # RT Treatment Summary Record Storage
        "7",  # Secondary Capture Image Storage
        "66.2",  # Spatial Fiducials Storage
        "66.1",  # Spatial Registration Storage
        "77.1.5.3",  # Stereometric Relationship Storage
        "9.1.1",  # 12-lead ECG Waveform Storage
        "6.1",  # Ultrasound Image Storage
        "3.1",  # Ultrasound Multi-frame Image Storage
        "77.1.1",  # VL Endoscopic Image Storage
        "77.1.2",  # VL Microscopic Image Storage
        "77.1.4",  # VL Photographic Image Storage
        "77.1.3",  # VL Slide-Coordinates Microscopic Image Storage
        "12.1",  # X-Ray Angiographic Image Storage
        "88.67",  # X-Ray Radiation Dose SR Storage
        "12.2",  # X-Ray Radiofluoroscopic Image Storage
    )
)
"""64 of them, in storescu's order: with two presentation contexts each they fill an association."""
