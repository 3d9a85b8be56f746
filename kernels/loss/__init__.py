"""Test loss by scaling laws, and the sizes that reach it with the least computation."""
