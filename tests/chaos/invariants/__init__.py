"""Invariants at the end. Each file is found by itself."""
