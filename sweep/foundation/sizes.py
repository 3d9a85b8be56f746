"""Sizes of files and memory as people write them, in decimal units."""

from __future__ import annotations

import re


def size_text(size: float) -> str:
    """A number of bytes for people, in decimal units."""
    for unit in ("B", "kB", "MB", "GB", "TB", "PB", "EB"):
        if size < 1000 or unit == "EB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.3g} {unit}"
        size /= 1000
    raise AssertionError


def size_number(text: str) -> float:
    """The bytes that a size such as ``256 MB`` or ``1.5GB`` means, in decimal units.

    Raises
    ------
    ValueError
        If it is no such size, or less than a byte.
    """
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([kMGT]?B)\s*", text)
    size = float(match[1]) * 1000.0 ** ("B", "kB", "MB", "GB", "TB").index(match[2]) if match else 0.0
    if size < 1:
        raise ValueError(f"{text!r} is not a size such as '256 MB'")
    return size
