"""Instances in another transfer syntax than that of their file."""
