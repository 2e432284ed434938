"""The fixed wordings of page furniture: data only. Each line is a regular expression that must match a whole short paragraph.

They are matched without regard to letter case, with typographic quotes and dashes made plain.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Headings over lists of other stories.
OTHER_STORIES: Final = (
    r"you (?:may|might|could) (?:also )?(?:like|enjoy|be interested in)(?: (?:these|this)(?: stories| articles)?)?",
    r"(?:more )?(?:related|recommended)(?: (?:stories|story|articles?|news|content|topics|coverage|reading|posts|links|videos?|for you))?",
    r"more (?:from|in|on) (?:this |the )?[\w' .&-]{2,40}",
    r"more (?:stories|news|top stories|headlines|like this)(?: from [\w' .&-]{2,40})?",
    r"(?:also|must|please) read",
    r"read (?:also|more|next|on)",
    r"see (?:also|more)",
    r"(?:up next|next up|next story|next article|what to read next)",
    r"(?:top|latest|popular|trending|featured|breaking|other) (?:stories|news|headlines|articles|posts|videos|topics)",
    r"(?:editor'?s'?|our) picks?",
    r"(?:popular|trending)(?: now| today)?",
    r"most (?:read|popular|viewed|shared|watched|commented)(?: (?:stories|articles|news|today|now|in [\w ]{2,30}))?",
    r"don't miss(?: it| this)?",
    r"in case you missed it",
    r"(?:around|from|from around) the web",
    r"(?:from )?our (?:partners|sponsors)",
    r"(?:promoted|sponsored)(?: stories| content| links)?",
    r"paid content",
)

FURNITURE: Final = (
    # pointers to other stories
    r"(?:also read|read also|must read|read more|read next|read|see also|watch|watch also|listen|related|more)"
    r"(?: (?:story|article|news|here|on this|at [\w. ]{2,30}))? ?[:|»>].{1,200}",
    r"(?:click here to |continue )?read(?:ing)?(?: the)? (?:more|full (?:story|article|report))(?: (?:here|at .{2,40}|on .{2,40}))?[.:»>]*",
    r"continue reading(?: below)?[.… ]*",
    r"scroll (?:down )?(?:to|for) .{0,40}",
    # asking the reader for something
    r"(?:please )?(?:sign up|register)\b.{0,120}\b(?:newsletters?|inbox|e-?mails?|alerts?|briefings?|for free|account)\b.{0,80}",
    r"(?:please )?subscribe(?:[.!]?| (?:now|today|here|to|for|via|and)\b.{0,150})",
    r"(?:get|receive) .{0,100}\b(?:in your inbox|to your inbox|our (?:\w+ )?newsletters?)\b.{0,60}",
    r"(?:already a (?:subscriber|member)|log ?in|sign in|create (?:a free|an) account)\b.{0,80}",
    r"(?:follow|join) us on\b.{0,100}",
    r"(?:follow us|join our (?:newsletter|whatsapp|telegram|channel|community|mailing)\b.{0,100})",
    r"(?:download|get) (?:our|the) [\w ]{0,30}\bapp\b.{0,80}",
    r"(?:leave|post|add) (?:a |your )?comments?",
    r"(?:\d+ )?comments?(?: \(\d+\))?",
    r"(?:view|show|hide) comments",
    r"join the (?:conversation|discussion)",
    # advertising
    r"advertis(?:ement|ing)s?(?: ?[-|].{0,60})?",
    r"skip (?:ad|advert|advertisement)",
    r"(?:sponsored|paid) (?:by|post)\b.{0,60}",
    r"(?:this )?(?:story|article) continues (?:below|after)\b.{0,60}",
    # credits of pictures; a caption that is a sentence is read
    r"[(\[]?(?:file )?(?:photo|image|picture|photograph|video|graphic)s?(?: credits?| courtesy of| by| from)? ?[:/|].{1,120}(?<![.\"])",
    r"[(\[]?(?:photo|image|picture)s? (?:credit|courtesy of|by) .{1,80}",
    r"[(\[]?(?:ap photo|reuters|afp|epa|epa-efe|getty images|associated press|shutterstock|alamy)[/|][\w .'/-]{2,80}[)\]]?",
    r"[(\[]?(?:getty images|shutterstock|istock(?:photo)?|ap photo|alamy(?: stock photo)?)[)\]]?",
    # rights, dates, labels
    r"©.{0,200}",
    r"copyright ?(?:©|\(c\)|\d{4}|by ).{0,200}",
    r".{0,100}\ball rights reserved\b.{0,100}",
    r"(?:(?:first )?published|(?:last )?(?:updated|modified)|posted)(?: on| at)?(?: ?:)? ?(?:[\w,]+ )?\d.{0,60}(?<![.\"'])",
    r"\d{1,2}[- ]min(?:ute)?s?(?: read)?",
    r"(?:tags?|topics|filed under|keywords|categor(?:y|ies)) ?:.{0,200}(?<!\.)",
    r"(?:loading|skip to (?:main )?content|back to top)[.… ]*",
)

# A share bar is a paragraph of nothing but these words, with at least one of the second set.
SHARE_WORDS: Final = _words(
    """share this article story post page on via to with facebook twitter x whatsapp linkedin email e-mail print copy link reddit
    telegram pinterest tweet save messenger flipboard threads bluesky instagram youtube tiktok sms follow us like gift bookmark
    pin mail and or"""
)
SHARE_KEYS: Final = _words(
    """share facebook twitter whatsapp linkedin email print tweet telegram pinterest reddit flipboard bookmark instagram youtube
    tiktok"""
)

# Letter case matters here: "By JANE DOE and John Roe, Associated Press".
_NAME: Final = r"[A-Z][\w.'-]*(?: (?:de|la|van|von|der|den|bin|al|el|[A-Z][\w.'-]*)){1,4}"
BYLINE: Final = (
    rf"(?:By|BY|Reporting by|Written by|Words by|Story by) {_NAME}(?:(?:, | and | & |; ){_NAME})*(?:,? ?[|/,-] ?[\w .'|/-]{{2,60}})?"
)
