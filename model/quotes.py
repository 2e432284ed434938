"""Which characters stand inside quotation marks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_OPENING, _CLOSING = "“«„", "”»"


def quoted(text: str) -> NDArray[np.bool_]:
    """For each character, whether it is quoted; shape (len(text),). Single quotes are apostrophes too often to be counted.

    A quotation that is never closed ends with its paragraph; where the next paragraph opens with a mark of its own it goes on there,
    as printers do it.
    """
    out = np.zeros(len(text), dtype=np.bool_)
    opened = False
    for i, char in enumerate(text):
        if char == "\n":
            opened = False
        elif char in _OPENING:
            opened = True
        elif char in _CLOSING:
            opened = False
        elif char == '"':
            opened = not opened
        out[i] = opened
    return out
