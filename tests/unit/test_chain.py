"""The stages between text and reading that need no weights: cases by hand."""

from __future__ import annotations

import re
from typing import cast

import numpy as np
import pytest

from model.aggregate import Judged, aggregate, judgement, tone, tone_judgement
from model.antecedents import N_FEATURES, Known, MentionFacts, candidate_pairs, features
from model.candidates import candidates
from model.encoding import LOWER, MIXED, NO_CASE, TITLE, UPPER, Window, case_of
from model.engine import Floats
from model.labels import ATTITUDES, ENTITY_TYPES, EntityType
from model.mentions import closes_quotations, find_mentions
from model.names import abbreviation, canonical_name, organisation_name, person_name
from model.quotes import quoted
from model.reader import find_name
from model.records import Mention, Span
from model.resolve import _cluster, _may_join, name_key, of_one_type
from model.words import slug, words_of

TYPES = {"ana": "PERSON", "union": "ORG", "plan": "ISSUE"}


def mention(text: str, kind: EntityType = "PERSON", at: int = 0) -> Mention:
    return Mention(Span(at, at + len(text)), text, kind, 0, 0.9)


def attitudes(**probabilities: float) -> Floats:
    return np.array([probabilities.get(a, 0.0) for a in ATTITUDES], dtype=np.float32)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("US President Donald Trump", "Donald Trump"),
        ("Finance minister Amara Okafor", "Amara Okafor"),
        ("Ursula von der Leyen", "Ursula von der Leyen"),
        ("Zelenskyy’s", "Zelenskyy"),
        ("a fellow at the Royal United Services Institute", None),
        ("the 61-year-old former general", None),
        ("the Minister of Power, Sani Gurin-Gawa", "Sani Gurin-Gawa"),
        ("US Secretary of State Ana Ruiz", "Ana Ruiz"),
        ("a spokesman for President Ana Ruiz", None),
        ("Frau Castelli", "Castelli"),
    ],
)
def test_person_name(text: str, name: str | None) -> None:
    assert person_name(text) == name


@pytest.mark.parametrize(
    ("texts", "kind", "name"),
    [
        (["Trump", "US President Donald Trump", "he"], "PERSON", "Donald Trump"),
        (["Kyiv", "its"], "COUNTRY", "Ukraine"),
        (["the Nordhavn Port Authority", "the authority"], "ORG", "Nordhavn Port Authority"),
        (["it", "a new shift plan"], "ISSUE", "new shift plan"),
    ],
)
def test_canonical_name(texts: list[str], kind: EntityType, name: str) -> None:
    assert canonical_name([mention(t, kind) for t in texts]) == name


@pytest.mark.parametrize(("name", "expected"), [("Gabriel Nuñez", "gabriel-nunez"), ("U.S. aid", "u-s-aid"), ("北京", "entity")])
def test_slug(name: str, expected: str) -> None:
    assert slug(name) == expected


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("Moscow", "COUNTRY", "COUNTRY Russia"),
        ("President Chou Yi-hsiang", "PERSON", "PERSON Chou Yi-hsiang"),
        ("Chou", "PERSON", None),
        ("the plan", "ISSUE", None),
        ("the Indians", "COUNTRY", "COUNTRY India"),
        ("The liberal Neos", "ORG", "ORG neos"),
        ("the company", "ORG", None),
    ],
)
def test_name_key(text: str, kind: EntityType, key: str | None) -> None:
    assert name_key(mention(text, kind)) == key


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("the liberal Neos", "Neos"),
        ("Safety watchdog the Office for Product Safety and Standards", "Office for Product Safety and Standards"),
        ("the Republican People's Party (CHP)", "Republican People's Party"),
        ("Germany's SPD", "SPD"),
        ("the company", None),
        ("a New York fund that holds 3.1% of Cemex", None),
        ("a spokesman for the Eastern Theatre Command", None),
        ("the union and Canada Post", None),
        ("Thames Water's chairman", None),
    ],
)
def test_organisation_name(text: str, name: str | None) -> None:
    assert organisation_name(text) == name


@pytest.mark.parametrize(("text", "short"), [("Doctors Without Borders (MSF)", "MSF"), ("the SPD (centre-left)", None), ("Neos", None)])
def test_abbreviation(text: str, short: str | None) -> None:
    assert abbreviation(text) == short


@pytest.mark.parametrize(
    ("given", "types"),
    [
        ("Cemex/ORG Cemex/ORG Cemex/PERSON", "ORG ORG ORG"),
        ("Jane Ford/PERSON Ford/ORG", "PERSON PERSON"),
        ("Jane Ford/PERSON Ford/ORG Ford/ORG Ford/ORG", "PERSON ORG ORG ORG"),
        ("Yaoundé/PERSON", "COUNTRY"),
        ("the White House/ORG", "ORG"),  # stands for the state, and is an organisation
        ("Ana Jordan/PERSON Jordan/PERSON", "PERSON PERSON"),
        ("Riyadh/COUNTRY the Saudis/GROUP", "COUNTRY COUNTRY"),
        ("the Saudis/GROUP", "GROUP"),
        ("the company/ORG the company/GROUP", "ORG GROUP"),
    ],
)
def test_a_name_has_one_type(given: str, types: str) -> None:
    mentions = [mention(text.strip(), cast(EntityType, kind)) for text, kind in re.findall(r"([^/]+)/([A-Z]+)", given)]
    assert " ".join(m.type for m in of_one_type(mentions)) == types


@pytest.mark.parametrize(
    ("kind", "names", "clusters"),
    [
        ("PERSON", ["Prime Minister Hugues de Gerlache", "De Gerlache", "de Gerlache"], "000"),
        ("PERSON", ["Chou Yi-hsiang", "Chou"], "00"),
        ("PERSON", ["Eric Trump", "Donald Trump", "Trump"], "012"),
        ("PERSON", ["Ana Ruiz", "Frau Ruiz", "Bo Lee"], "001"),
        ("ORG", ["the Republican People's Party (CHP)", "the CHP"], "00"),
        ("ORG", ["the UAW", "the United Auto Workers", "UAW"], "000"),
        ("ORG", ["Cemex", "a fund that holds shares of Cemex", "Cemex"], "010"),
        ("ORG", ["the liberal Neos", "Neos"], "00"),
        ("ORG", ["the British Museum", "the Wessex County Museum"], "01"),
        ("COUNTRY", ["Cameroon", "Yaoundé", "the Cameroonians"], "000"),
    ],
)
def test_what_names_alone_bring_together(kind: EntityType, names: list[str], clusters: str) -> None:
    mentions = [mention(name, kind, at=100 * i) for i, name in enumerate(names)]
    none = np.zeros(0, dtype=np.int64)
    found = _cluster(mentions, none, none, none.astype(np.float32))
    assert "".join(str(next(i for i, members in enumerate(found) if m in members)) for m in mentions) == clusters


@pytest.mark.parametrize(
    ("text", "kind", "cluster", "score", "joins"),
    [
        ("she", "PERSON", [("Ana Ruiz", "PERSON"), ("her", "PERSON")], 2.0, True),
        ("he", "PERSON", [("Ana Ruiz", "PERSON"), ("her", "PERSON")], 2.0, False),
        ("it", "ORG", [("Ana Ruiz", "PERSON")], 2.0, False),
        ("it", "PERSON", [("the port authority", "ORG")], 2.0, True),
        ("she", "PERSON", [("the port authority", "ORG")], 2.0, False),
        ("I", "PERSON", [("the plan", "ISSUE")], 2.0, False),
        ("they", "GROUP", [("Ana Ruiz", "PERSON")], 2.0, True),
        ("Ford", "ORG", [("Stellantis", "ORG")], 2.0, False),
        ("Kuomintang", "ORG", [("KMT", "ORG")], 4.0, True),
        ("UAW", "ORG", [("United Auto Workers", "ORG")], 2.0, True),
        ("the union", "ORG", [("United Auto Workers", "ORG")], 2.0, True),
        ("Ford", "ORG", [("the carmaker", "ORG")], 2.0, True),
        ("the plan", "ISSUE", [("the union", "ORG")], 9.0, False),
        ("the Commission", "ORG", [("the European Commission", "ORG")], 2.0, True),
        ("the House", "ORG", [("the White House", "ORG")], 2.0, False),
        ("the House", "ORG", [("the House Intelligence Committee", "ORG")], 2.0, False),
        ("the House Oversight Committee", "ORG", [("the House Intelligence Committee", "ORG")], 2.0, False),
        ("Creighton", "ORG", [("Creighton University", "ORG")], 2.0, True),
    ],
)
def test_what_may_be_one_entity(text: str, kind: EntityType, cluster: list[tuple[str, EntityType]], score: float, joins: bool) -> None:
    members = [mention(name, type_, at=100 * i) for i, (name, type_) in enumerate(cluster)]
    assert _may_join(mention(text, kind, at=1000), members, score) is joins


@pytest.mark.parametrize(
    ("text", "kind", "spans", "found"),
    [
        ("allies who doubt him", "GROUP", {"allies": 3.0, "allies who doubt": 2.0, "allies who doubt him": 1.0}, ["allies"]),
        ("the plan to build it", "ISSUE", {"the plan": 1.0, "the plan to build it": 2.0}, ["the plan to build it"]),
        ("their members", "GROUP", {"their": 1.0, "their members": 2.0}, ["their members", "their"]),
        ("Nato members", "ORG", {"Nato": 2.0, "Nato members": 1.0}, ["Nato members", "Nato"]),
    ],
)
def test_groups_and_issues_with_one_beginning_are_one(text: str, kind: EntityType, spans: dict[str, float], found: list[str]) -> None:
    words = text.split()
    starts = np.array([-1, *(sum(len(w) + 1 for w in words[:i]) for i in range(len(words))), -1])
    ends = np.array([-1, *(start + len(w) for start, w in zip(starts[1:-1], words, strict=True)), -1])
    zeros, n = np.zeros(len(starts), dtype=np.int64), len(starts)
    window = Window(zeros, zeros, zeros, starts, ends, np.ones(n, dtype=np.bool_), 1, 0)
    logits = np.full((len(ENTITY_TYPES), n, n), -100.0, dtype=np.float32)
    for span, score in spans.items():
        logits[ENTITY_TYPES.index(kind), 1, len(span.split())] = score
    mentions = find_mentions(text, [window], {0: logits}, thresholds=np.full(len(ENTITY_TYPES), 0.5, dtype=np.float32))
    assert [m.mention.text for m in mentions] == found


@pytest.mark.parametrize(
    ("text", "marked", "found"),
    [
        ("McCabe's lawyers appealed.", "McCabe", "McCabe's lawyers/GROUP McCabe/PERSON"),
        ("the Democrats' fiercest critics", "the Democrats", "the Democrats' fiercest critics/GROUP the Democrats/PERSON"),
        ("Pence’s office denied it.", "Pence", "Pence’s office/ORG Pence/PERSON"),
        ("McCabe's lawyersuit", "McCabe", "McCabe/PERSON"),
        ("McCabe's brother", "McCabe", "McCabe/PERSON"),
        ("McCabe, lawyers say", "McCabe", "McCabe/PERSON"),
    ],
)
def test_people_of_somebody_are_marked_with_him(text: str, marked: str, found: str) -> None:
    tokens = list(re.finditer(r"['’]s?|\w+|[^\w\s]", text))
    starts, ends = (np.array([-1, *(getattr(token, edge)() for token in tokens), -1]) for edge in ("start", "end"))
    n = len(starts)
    zeros = np.zeros(n, dtype=np.int64)
    window = Window(zeros, zeros, zeros, starts, ends, np.ones(n, dtype=np.bool_), 1, 0)
    logits = np.full((len(ENTITY_TYPES), n, n), -100.0, dtype=np.float32)
    logits[ENTITY_TYPES.index("PERSON"), 1, int(np.flatnonzero(ends == len(marked))[0])] = 3.0
    mentions = find_mentions(text, [window], {0: logits}, thresholds=np.full(len(ENTITY_TYPES), 0.5, dtype=np.float32))
    assert " ".join(f"{m.mention.text}/{m.mention.type}" for m in mentions) == found


def test_an_issue_is_never_an_actor() -> None:
    pairs = candidates(["ana", "union", "plan"], [], TYPES, quoted=False)
    assert pairs == [("ana", "union"), ("ana", "plan"), ("union", "ana"), ("union", "plan")]


def test_the_speaker_before_comes_in_only_for_a_quotation() -> None:
    assert candidates(["plan"], ["ana"], TYPES, quoted=False) == []
    assert candidates(["plan"], ["ana"], TYPES, quoted=True) == [("ana", "plan")]


@pytest.mark.parametrize(
    ("text", "inside"),
    [("a “b” c", "   11   "[1:]), ('x "y" z', "  11   "), ("“open\nnew", "11111    "), ("it’s", "    ")],
)
def test_quoted(text: str, inside: str) -> None:
    assert quoted(text).tolist() == [c == "1" for c in inside[: len(text)]]


@pytest.mark.parametrize(
    ("word", "case"), [("plan", LOWER), ("Ana", TITLE), ("I", TITLE), ("US", UPPER), ("McCabe", MIXED), ("14", NO_CASE)]
)
def test_case_of(word: str, case: int) -> None:
    assert case_of(word) == case


def test_side_first_then_attitude() -> None:
    """The sum of the opposing attitudes outweighs the one strongest attitude."""
    found = judgement(attitudes(supportive=0.4, critical=0.35, opposed=0.25))
    assert (found.side, found.attitude, found.polarity) == ("oppose", "critical", -0.6)
    assert found.sides["oppose"] == pytest.approx(0.6)


def test_tone_in_the_words_of_a_judgement() -> None:
    found = tone_judgement(np.array([0.7, 0.2, 0.1], dtype=np.float32))
    assert (found.side, found.attitude) == ("oppose", "critical")


def test_aggregate_leaves_neutral_out_and_keeps_each_sentence_label() -> None:
    first, second = Span(0, 10), Span(11, 20)
    pairs = [
        Judged("a", "b", first, attitudes(critical=0.9, neutral=0.1)),
        Judged("a", "b", second, attitudes(supportive=0.5, neutral=0.5)),
        Judged("a", "c", first, attitudes(critical=0.3, neutral=0.7)),
    ]
    (stance,) = aggregate(pairs, least=0.4)
    assert (stance.actor, stance.target, stance.attitude, stance.side) == ("a", "b", "critical", "oppose")
    assert [(e.span, e.attitude) for e in stance.evidence] == [(first, "critical"), (second, "supportive")]
    assert stance.confidence == pytest.approx(0.9)


def test_missing_tone_is_not_neutral() -> None:
    assert tone([]) is None


def test_features_have_one_row_a_pair_and_stay_in_bounds() -> None:
    texts = ["Ana Diaz", "the union", "she", "Diaz"]
    facts = [MentionFacts(t, 0, i, i * 10, i * 10 + len(t), False) for i, t in enumerate(texts)]
    later, earlier = candidate_pairs(facts)
    found = features(Known.of(facts), later, earlier)
    assert found.shape == (6, N_FEATURES)
    assert 0 <= found.min() <= found.max() <= 1
    assert (later > earlier).all()


def test_words_of_drops_what_carries_no_meaning() -> None:
    assert words_of("the president’s new plan for Kyiv") == ["president", "plan", "kyiv"]


@pytest.mark.parametrize(
    ("text", "name", "place"),
    [("Biden met Putin.", "putin", Span(10, 15)), ("Bidenomics worked.", "Biden", "Biden"), ("a plan", "subpoena", "subpoena")],
)
def test_find_name(text: str, name: str, place: Span | str) -> None:
    assert find_name(text, name) == place


@pytest.mark.parametrize(
    ("text", "whole"), [("the “plan” of Ana", True), ("the plan, posting, “Ana", False), ('a "deal', False), ("Ana", True)]
)
def test_no_mention_ends_inside_a_quotation_that_it_does_not_hold(text: str, whole: bool) -> None:
    assert closes_quotations(text) is whole
