"""Inference: energy, latency and carbon of requests and of a page of text."""
