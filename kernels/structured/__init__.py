"""Structured matrices (low rank, Kronecker, Monarch, block tensor train)."""
