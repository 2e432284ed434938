"""What the sentence splitter knows of news English: data only, every word lower-case and without its last full stop.

nupunkt brings the Punkt algorithm and a vocabulary learned from court rulings, in which "month", "call" and "per cent" count as
abbreviations. News needs its own vocabulary; the words here are chosen by hand from agency and newspaper style books.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TITLES: Final = _words(
    """mr mrs ms mx dr drs prof hon rev fr br msgr mgr ven st ste messrs mme mlle gov govs sen sens rep reps amb pres atty asst dep
    sec gen lt col maj capt cmdr adm brig sgt cpl pvt supt det insp coun cllr ald rt esq jr sr ph.d m.d"""
)
# "ill", "miss", "mass", "wash", "ore", "me" and "in" are left out: as words they end more sentences than the states do.
PLACES: Final = _words(
    """ala ariz ark calif colo conn del fla ga ind kan kans ky la md mich minn mo mont neb nev okla pa tenn tex va vt wis wyo
    n.c n.d n.h n.j n.m n.y r.i s.c s.d w.va d.c b.c n.s n.b p.e.i l.a u.s u.s.a u.k u.n u.a.e e.u ave blvd mt ft"""
)
# "sat", "sun" and "mar" are words, "may" is no abbreviation.
DATES: Final = _words("jan feb apr jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri a.m p.m b.c.e c.e a.d")
OTHER: Final = _words(
    """inc corp co cos ltd llc plc bros dept assn univ vs v etc e.g i.e cf viz approx est et.al vol fig pp a.k.a d.b.a op.ed
    dist ct ..."""
)
ABBREVIATIONS: Final = TITLES | PLACES | DATES | OTHER

# An abbreviation before one of these, capitalised, ends its sentence ("in the U.S. The bill ...").
SENTENCE_STARTERS: Final = _words(
    """the a an he she it they we i you but and or nor yet so this that these those his her their its our my your
    in on at by for from to with without when while if as after before since until because although though despite during
    there here what who whom whose which how why where both some many most several few all each every another other others
    not nobody nothing none meanwhile however still also now then later earlier once only even instead neither
    according asked speaking it's he's she's they're that's there's we're i'm don't"""
)

# A clock time ends its sentence before a capitalised word ("until 4 p.m. Voters ..."), but not before these.
_AFTER_CLOCK: Final = _words(
    """monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    et est edt ct cst cdt mt mst mdt pt pst pdt gmt bst cet cest utc eastern central pacific local"""
)
_ALWAYS_END: Final = ("a.m", "p.m", "etc")
# (times seen before a capital, times it ended the sentence), as nupunkt keeps them; it trusts them from 20 times on.
BREAK_RATES: Final = dict.fromkeys(_ALWAYS_END, (100, 100))
# Pairs that never have a sentence end between them. "##number##" is nupunkt's type of any number ("No. 10").
COLLOCATIONS: Final = frozenset((clock, word) for clock in ("a.m", "p.m") for word in _AFTER_CLOCK) | {
    ("no", "##number##"),
    ("nos", "##number##"),
}
