"""Transformers: shapes, parameters, and the operations of one token or layer."""
