"""Accelerators and their servers: rates, power, memory and links."""
