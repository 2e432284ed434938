"""Which language a text is in.

The data is model/data/lid.176.ftz, fastText's language identification model (Joulin et al. 2016; https://fasttext.cc/docs/en/language-identification.html),
unchanged, under CC BY-SA 3.0.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import fasttext

from model.weights import verify

ENGLISH = "en"
_DATA = Path(__file__).parent / "data" / "lid.176.ftz"
_SHA256 = "8f3472cfe8738a7b6099e8e999c3cbfae0dcd15696aac7d7738a8039db603e83"
_READ = 2_000  # characters: enough to be sure
_LEAST_LETTERS = 40  # a shorter text is mostly names
_SURE = 0.7  # probability; none of 24,000 English texts (DSE, NewsMTSC, the corpus) is another language by it


def detect(text: str) -> str | None:
    """The ISO 639 code of the language of a text, or None where it is too short or too mixed to tell."""
    head = " ".join(text[:_READ].split())
    if sum(map(str.isalpha, head)) < _LEAST_LETTERS:
        return None
    labels, probabilities = _identifier().predict(head, k=1)
    return str(labels[0]).removeprefix("__label__") if labels and probabilities[0] >= _SURE else None


@cache
def _identifier() -> Any:
    """Raises ModelUnusable where the data is not what it was: fastText's own reader trusts every length in it."""
    verify(_DATA, _SHA256)
    return fasttext.load_model(str(_DATA))
