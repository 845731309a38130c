"""Benchmarks of fastsend against other senders; see docs/benchmarks.md."""
