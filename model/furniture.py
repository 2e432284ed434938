"""Which paragraphs of an article are read: not its title, nothing twice, and none of the page's furniture.

The rule is to lose nothing of an article. So furniture must fill its whole paragraph, be short, and match a fixed wording; and
after "You may also like" only what looks like a headline is left out: prose is read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from model.paragraphs import split_paragraphs
from model.records import Article, Span
from model.wordings import BYLINE, FURNITURE, OTHER_STORIES, SHARE_KEYS, SHARE_WORDS

_LONGEST: Final = 220  # characters; longer paragraphs are prose, whatever they begin with
_QUOTES: Final = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "`": "'", "–": "-", "—": "-"})


_OTHER_STORIES: Final = re.compile("|".join(OTHER_STORIES))
_FURNITURE: Final = re.compile("|".join(FURNITURE), re.IGNORECASE)
_BYLINE: Final = re.compile(BYLINE)
_WORDS: Final = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_ENDS_LIKE_PROSE: Final = re.compile(r"(?<!\.)[.!?:;][\"'”’)\]]*$")


def readable(article: Article) -> tuple[Span, ...]:
    """The paragraphs that are to be read, as spans of `article.text` in its order.

    Left out are the title (`title_span`, and `title` where it stands as a paragraph), every later copy of a paragraph (a page
    saved twice; blanks, quotation marks and letter case aside), furniture, and headlines of other stories.
    """
    text = article.text
    seen = {_key(article.title)} if article.title else set()
    kept = []
    among_other_stories = False
    for span in _outside_title(article):
        paragraph = text[span.start : span.end]
        key = _key(paragraph)
        if _is_heading_of_others(key):
            among_other_stories = True
        elif key in seen or _is_furniture(paragraph):
            continue
        elif not (among_other_stories and _is_headline(paragraph)):
            among_other_stories = False
            seen.add(key)
            kept.append(span)
    return tuple(kept)


def _outside_title(article: Article) -> Iterator[Span]:
    title = article.title_span
    for span in split_paragraphs(article.text):
        if title is None or span.end <= title.start or span.start >= title.end:
            yield span


def _key(paragraph: str) -> str:
    """What two copies of a paragraph share."""
    return " ".join(paragraph.translate(_QUOTES).casefold().split())


def _is_heading_of_others(key: str) -> bool:
    return len(key) <= _LONGEST and _OTHER_STORIES.fullmatch(key.strip(" :…-|»>*#")) is not None


def _is_furniture(paragraph: str) -> bool:
    if len(paragraph) > _LONGEST:
        return False
    line = " ".join(paragraph.translate(_QUOTES).split()).strip("*• ")
    return _FURNITURE.fullmatch(line) is not None or _BYLINE.fullmatch(line) is not None or _is_share_bar(line)


def _is_share_bar(line: str) -> bool:
    words = _WORDS.findall(line.lower())
    return bool(SHARE_KEYS.intersection(words)) and SHARE_WORDS.issuperset(words)


def _is_headline(paragraph: str) -> bool:
    """Whether a paragraph among other stories is one of them: short, and not ended as a sentence of prose is.

    A question or an exclamation mark may end a headline too.
    """
    return len(paragraph) <= _LONGEST and (not _ENDS_LIKE_PROSE.search(paragraph) or paragraph.rstrip("\"'”’)").endswith(("?", "!")))
