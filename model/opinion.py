"""Whether an article is an opinion piece: only there is its writer an actor (guidelines: "Author")."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from model.records import Article

AUTHOR = "author"  # the writer's id and name
_WORDS = r"(opinions?|editorials?|op-?eds?|commentary|column|leader)"
_SECTION = re.compile(_WORDS + "|comment(isfree)?|columnists?|leaders", re.IGNORECASE)
_TITLE = re.compile(rf"\s*{_WORDS}\s*[:|–—]|.*[|–—]\s*{_WORDS}\s*$", re.IGNORECASE)  # "Opinion: …", "… | Editorial"


def is_opinion(article: Article) -> bool:
    """By what publishers say of it: a section in the address, or a word before or behind the title. The text itself is not asked."""
    sections = urlsplit(article.url).path.split("/")[:-1] if article.url else []
    return any(_SECTION.fullmatch(section) for section in sections) or bool(_TITLE.match(article.title or ""))
