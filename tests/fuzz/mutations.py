"""Bytes that are almost an input: something inserted, doubled, cut, moved or flipped."""

from __future__ import annotations

import random

TOKENS = tuple(
    text.encode("utf-8", "surrogatepass")
    for text in (
        '"', '"""', ",", "\n", "\r", "\x00", "\ufeff", "=1+1", "1e999", "nan", "-inf", "1_000", "0x10", "１２", "é",
        "\u202e", "\ud7ff", "'", "[/b]", "[bold]", "../../etc/passwd", "{", "}", "[", "]", "(", ")", "9" * 400, "-0",
        "1e-400", "true", ";", "\t", "#", "a" * 10_001, "\x1b[31m", "\\", "null", "70B", "40%", "0.4 kg/kWh", "**",
        "//", "not ", " and ", "if ", "lambda: ", "__import__('os')", "= [", "= {", "[[axes]]", "\u2028",
    )
)  # fmt: skip


def mutated(data: bytes, chance: random.Random) -> bytes:
    """One to six mutations of some bytes."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        start = chance.randrange(len(data) + 1)
        stop = min(len(data), start + chance.randint(1, 50))
        kind = chance.randrange(6)
        if kind <= 1:
            data = data[:start] + chance.choice(TOKENS) + data[start:]
        elif kind == 2:
            data = data[:start] + data[stop:]
        elif kind == 3:
            data = data[:start] + data[start:stop] * 2 + data[stop:]
        elif kind == 4:
            elsewhere = chance.randrange(len(data) + 1)
            data = data[:elsewhere] + data[start:stop] + data[elsewhere:]
        elif data:
            place = min(start, len(data) - 1)
            data = data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]
    return data
