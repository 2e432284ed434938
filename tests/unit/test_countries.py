"""What names a state and what does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model import countries as module
from model.countries import countries, demonym, lookup

NAMED = [
    ("United States", ["US", "U.S.", "U.S", "USA", "U.S.A.", "the US", "the United States", "the United States of America", "America"]),
    ("United States", ["Washington", "Washington, D.C.", "the White House", "White House", "the U.S.'s", "the United States'", "US’s"]),
    ("United Kingdom", ["UK", "U.K.", "the UK", "Britain", "Great Britain", "Britain’s", "London", "Downing Street", "No 10"]),
    ("Russia", ["Russia", "Russian Federation", "the Russian Federation", "Moscow", "Moscow's", "the Kremlin", "The Kremlin", "RUSSIA"]),
    ("Ukraine", ["Ukraine", "Kyiv", "Kiev", "Kyiv’s", "UKRAINE"]),
    ("Turkey", ["Turkey", "Türkiye", "Tu\u0308rkiye", "Turkiye", "Ankara", "TURKEY"]),
    ("China", ["China", "Beijing", "People's Republic of China", "the People’s Republic of China", "Zhongnanhai"]),
    ("South Korea", ["South Korea", "S. Korea", "Republic of Korea", "Seoul", "the Blue House"]),
    ("North Korea", ["North Korea", "DPRK", "Pyongyang"]),
    ("DR Congo", ["DR Congo", "the DR Congo", "DRC", "Democratic Republic of Congo", "the Democratic Republic of the Congo", "Kinshasa"]),
    ("Republic of the Congo", ["Republic of Congo", "Congo-Brazzaville", "Brazzaville"]),
    ("Ivory Coast", ["Ivory Coast", "Côte d'Ivoire", "Cote d’Ivoire", "Abidjan"]),
    ("France", ["France", "Paris", "the Élysée", "the Elysee", "Élysée Palace"]),
    ("United Arab Emirates", ["UAE", "the UAE", "Emirates", "Abu Dhabi"]),
    ("Netherlands", ["the Netherlands", "The Netherlands", "Holland"]),
    ("Czech Republic", ["Czechia", "the Czech Republic", "Prague"]),
    ("Saint Lucia", ["St Lucia", "St. Lucia"]),
    ("Vatican City", ["the Vatican", "the Holy See"]),
    ("Palestine", ["Palestine", "the State of Palestine"]),
    ("Eswatini", ["Swaziland"]),
    ("Myanmar", ["Burma", "Naypyidaw"]),
    ("Gambia", ["The Gambia", "Gambia"]),
    ("Laos", ["Laos"]),
    ("Cyprus", ["Cyprus'", "Cyprus’s"]),
    ("United States", ["the  United\nStates"]),
]


@pytest.mark.parametrize(("name", "mention"), [(name, mention) for name, mentions in NAMED for mention in mentions])
def test_a_state(name: str, mention: str) -> None:
    country = lookup(mention)
    assert country is not None
    assert country.name == name


NOT_NAMED = [
    *("", " ", "the", "us", "Us", "uk", "turkey", "chad", "china", "car", "Iran deal", "Georgia Meloni", "Jordan Ellis", "New York"),
    *("European Union", "EU", "Nato", "Bundestag", "the Bundestag", "Congress", "Pentagon", "the State Department", "Scotland", "Europe"),
    *("Brussels", "The Hague", "Victoria", "Kingston", "Georgetown", "San Jose", "Male", "MALE", "Tel Aviv", "Geneva"),
    *("Greenland", "Hong Kong", "Russian", "French government", "Korea", "theUnited States", "S", "U.", "U.N."),
]


@pytest.mark.parametrize("mention", NOT_NAMED)
def test_no_state(mention: str) -> None:
    assert lookup(mention) is None


DEMONYMS = [
    ("Russia", ["Russian", "Russians", "Russian’s"]),
    ("France", ["French", "Frenchwoman", "Frenchmen"]),
    ("Netherlands", ["Dutch", "Dutchman"]),
    ("United Kingdom", ["British", "Briton", "Britons"]),
    ("United States", ["American", "Americans", "the Americans"]),
    ("Denmark", ["Danish", "Danes"]),
    ("Poland", ["Polish", "Poles"]),
    ("Philippines", ["Filipino", "Filipina", "Philippine"]),
    ("South Korea", ["South Korean", "South Koreans"]),
    ("Palestine", ["Palestinian", "Palestinians"]),
    ("DR Congo", ["Congolese"]),
    ("Dominican Republic", ["Dominican"]),
    ("Switzerland", ["Swiss"]),
    ("Taiwan", ["Taiwanese"]),
    ("New Zealand", ["New Zealander"]),
    ("Ivory Coast", ["Ivorian"]),
]


@pytest.mark.parametrize(("name", "word"), [(name, word) for name, words in DEMONYMS for word in words])
def test_a_demonym(name: str, word: str) -> None:
    country = demonym(word)
    assert country is not None
    assert country.name == name


@pytest.mark.parametrize("word", ["", "polish", "french", "Korean", "Laos", "Kurdish", "Scottish", "Russia", "European", "Catholic"])
def test_no_demonym(word: str) -> None:
    assert demonym(word) is None


@pytest.mark.parametrize(
    ("name", "capital"),
    [
        ("Brazil", "Brasília"),
        ("Australia", "Canberra"),
        ("Belgium", "Brussels"),
        ("Kazakhstan", "Astana"),
        ("South Africa", "Pretoria"),
        ("Myanmar", "Naypyidaw"),
        ("United States", "Washington"),
    ],
)
def test_capitals(name: str, capital: str) -> None:
    country = lookup(name)
    assert country is not None
    assert country.capital == capital


def test_the_list_is_whole_and_no_name_means_two_states() -> None:
    # The 193 members of the United Nations, the Vatican, Palestine, Taiwan, Kosovo, the Cook Islands and Niue.
    assert len(countries()) == 199
    for forms in (
        [form for country in countries() for form in {country.name, *country.names, *country.places}],
        [form for country in countries() for form in country.demonyms],
    ):
        assert sorted(forms) == sorted(set(forms))


def test_every_form_finds_its_state() -> None:
    for country in countries():
        for form in (country.name, *country.names, *country.places):
            assert lookup(form) == country, form
            assert lookup(f"the {form}’s") == country, form
        for form in country.demonyms:
            assert demonym(form) == country, form
            assert lookup(form) is None, form


def test_no_form_has_brackets_or_blanks() -> None:
    for country in countries():
        for form in (country.name, country.capital, *country.names, *country.places, *country.demonyms):
            assert form == form.strip()
            assert not set(form) & set("()[];&/"), form


def test_the_data_says_where_it_comes_from() -> None:
    header = json.loads((Path(module.__file__).parent / "data" / "countries.json").read_text(encoding="utf-8"))
    assert "Factbook" in header["source"]
    assert "Public domain" in header["licence"]
