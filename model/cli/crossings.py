"""The report's matrix: who stands where on what, over all articles; a cell leads to its surest sentence. No script."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from model.cli.common import counted
from model.cli.report import SIGNS, UNSURE, safe
from model.labels import POLARITY, Side
from model.records import Reading

MOST = 30  # actors, and targets: those with most stances
_BALANCED = 0.15  # a mean polarity within it leans to no side
_SECTION = """<article aria-labelledby="matrix">
<h2 id="matrix">Who stands where on what</h2>
<p class="soft">{shown}, those with most stances. Blue with + supports, orange with − opposes, · is balanced; size: sentences;
dashed: uncertain. A cell leads to its surest sentence.</p>
<div class="crossings" tabindex="0" role="region" aria-label="Matrix"><table>
<thead><tr><td></td>{head}</tr></thead>
<tbody>
{rows}</tbody>
</table></div>
</article>
"""


@dataclass(slots=True)
class _Cell:
    stances: int = 0
    sentences: int = 0
    weight: float = 0.0
    weighted: float = 0.0
    surest: float = -1.0
    anchor: str = ""
    attitude: str = ""


class Crossings:
    """Counts pairs as articles come; memory grows with the pairs, not with the articles."""

    def __init__(self) -> None:
        self._cells: dict[tuple[str, str], _Cell] = {}
        self._names: dict[str, str] = {}
        self._counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())

    def add(self, reading: Reading, number: int) -> None:
        """Count an article's stances; `number` is that of its section (report.section)."""
        names = {entity.id: entity.name for entity in reading.entities}
        for stance in reading.stances:
            cell = self._cells.setdefault((stance.actor, stance.target), _Cell())
            cell.stances += 1
            cell.sentences += len(stance.evidence)
            cell.weight += stance.confidence
            cell.weighted += stance.polarity * stance.confidence
            for end, count in zip((stance.actor, stance.target), self._counts, strict=True):
                self._names.setdefault(end, names.get(end, end))
                count[end] += 1
            if stance.confidence > cell.surest and stance.evidence:
                shown = max(stance.evidence, key=lambda e: e.confidence)
                cell.surest, cell.attitude, cell.anchor = stance.confidence, stance.attitude, f"a{number}s{shown.span.start}"

    def table(self) -> str:
        """The matrix as a section of the page."""
        if not self._cells:
            return '<p id="matrix" class="soft">No stance was found.</p>\n'
        actors, targets = (_top(count) for count in self._counts)
        head = "".join(f'<th scope="col"><span dir="auto">{safe(self._names[target])}</span></th>' for target in targets)
        rows = "".join(self._row(actor, targets) for actor in actors)
        shown = (
            f"{counted(len(actors), 'actor')} of {len(self._counts[0]):,} by {counted(len(targets), 'target')} of {len(self._counts[1]):,}"
        )
        return _SECTION.format(shown=shown, head=head, rows=rows)

    def _row(self, actor: str, targets: list[str]) -> str:
        boxes = "".join(self._box(actor, target) for target in targets)
        return f'<tr><th scope="row" dir="auto">{safe(self._names[actor])}</th>{boxes}</tr>\n'

    def _box(self, actor: str, target: str) -> str:
        cell = self._cells.get((actor, target))
        if cell is None or not cell.anchor:
            return "<td></td>"
        mean = cell.weighted / cell.weight if cell.weight else 0.0
        side: Side = "neutral" if abs(mean) < _BALANCED else "support" if mean > 0 else "oppose"
        colour = min(POLARITY, key=lambda a: (abs(POLARITY[a] - mean), a)) if side != "neutral" else "neutral"
        size = "s3" if cell.sentences > 5 else "s2" if cell.sentences > 1 else "s1"
        unsure = " unsure" if cell.weight / cell.stances < UNSURE else ""
        leans = f"{side} {mean:+.2f}, {counted(cell.sentences, 'sentence')}; surest: {cell.attitude}"
        told = safe(f"{self._names[actor]} toward {self._names[target]}: {leans}")
        sign = f'<span aria-hidden="true">{SIGNS[side]}</span><span class="hidden">{told}</span>'
        return f'<td><a class="{colour} {size}{unsure}" href="#{cell.anchor}" title="{told}">{sign}</a></td>'


def _top(counts: Counter[str]) -> list[str]:
    return [key for key, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST]]
