"""Faults. Each file is found by itself."""
