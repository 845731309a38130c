"""Frames between native and encoded form: bytes to bytes, without pydicom and without a network."""
