"""Multimodal models, upcycling, and combinations of sparsity and structure."""
