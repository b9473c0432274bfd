"""Pages of experiments as Markdown and as one HTML file that carries its pictures."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from resight.experiments.paper.experiment import Experiment, Page, Table
from resight.files import atomic_write, write_text
from resight.plots import inline_svg, save_figure
from resight.plots.style import PALETTE
from resight.report import page as words
from resight.report.pictures import png_uri
from resight.report.results import Comparison

RULE = (
    "A difference counts only where its 95 % interval, drawn over test people, then over splits and seeds, leaves "
    "zero out; of one split or seed it is drawn over people alone."
)


def write_page(page: Page, experiment: Experiment, folder: Path, facts: dict[str, str], synthetic: bool) -> Path:
    """Write ``page.html``, ``page.md``, ``page.json`` (tables and comparisons) and ``plots/`` into a folder.

    Parameters
    ----------
    page : Page
    experiment : Experiment
    folder : Path
    facts : dict
        What stands under "How it was run".
    synthetic : bool
        Whether the people are drawn: a banner says so.

    Returns
    -------
    Path
        Of the HTML page.
    """
    for name, figure, _ in page.figures:
        save_figure(figure, folder / "plots" / name)
    for picture in page.pictures:
        _save_png(folder / "plots" / f"{picture.name}.png", picture.pixels)
    plain = {
        "title": experiment.title,
        "tables": [asdict(table) for table in page.tables],
        "comparisons": [asdict(comparison) for comparison in page.comparisons],
        "notes": page.notes,
        "facts": facts,
    }
    write_text(folder / "page.json", json.dumps(plain, indent=1, ensure_ascii=False) + "\n")
    write_text(folder / "page.md", markdown(page, experiment, facts, synthetic))
    write_text(folder / "page.html", html(page, experiment, facts, synthetic))
    return folder / "page.html"


def markdown(page: Page, experiment: Experiment, facts: dict[str, str], synthetic: bool) -> str:
    """Write a page as Markdown; pictures by their path in ``plots/``."""
    parts = [f"# {experiment.title}", experiment.about]
    if synthetic:
        parts.append(
            "**Synthetic people**: ours cannot be set against the published figures, only methods here together."
        )
    parts += [markdown_table(table) for table in page.tables]
    parts += [f"![{alt}](plots/{name}.svg)" for name, _, alt in page.figures]
    parts += [f"![{picture.words}](plots/{picture.name}.png)\n\n{picture.words}" for picture in page.pictures]
    if page.comparisons:
        parts.append("## Differences\n\n" + RULE)
        parts.append(markdown_table(comparison_table(page.comparisons)))
    if page.notes:
        parts.append("## Notes\n\n" + "\n".join(f"- {note}" for note in page.notes))
    parts.append("## How it was run\n\n" + "\n".join(f"- {name}: {value}" for name, value in facts.items()))
    return "\n\n".join(parts) + "\n"


def markdown_table(table: Table) -> str:
    """Write a table in Markdown under its title."""
    lines = [table.columns, ("---",) + ("---:",) * (len(table.columns) - 1), *table.rows]
    text = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    head = f"### {table.title}\n\n" if table.title else ""
    return head + text + (f"\n\n{table.note}" if table.note else "")


def comparison_table(comparisons: list[Comparison]) -> Table:
    """Put differences into a table of words."""
    rows = [
        (f"{c.a} over {c.b}", c.domain, c.what, points(c.difference, c.low, c.high), c.verdict, str(c.n_runs))
        for c in comparisons
    ]
    return Table("", ("does … beat …", "set", "figure", "difference", "verdict", "splits"), tuple(rows))


def points(mean: float, low: float, high: float) -> str:
    """Print a difference of fractions with its interval, in points of %."""
    return f"{100 * mean:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]".replace("-", "−")


def html(page: Page, experiment: Experiment, facts: dict[str, str], synthetic: bool) -> str:
    """Write a page as HTML that asks nothing of the network."""
    environment = Environment(
        loader=PackageLoader("resight.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    figures = [Markup(inline_svg(figure, name, alt)) for name, figure, alt in page.figures]
    pictures = [(png_uri(picture.pixels), picture.words) for picture in page.pictures]
    return environment.get_template("paper.html.j2").render(
        title=experiment.title,
        about=experiment.about,
        page=page,
        figures=figures,
        pictures=pictures,
        groups=words.comparison_groups(page.comparisons),
        said=words.comparison_words(page.comparisons) if page.comparisons else "",
        rule=RULE,
        facts=facts,
        synthetic=synthetic,
        palette=PALETTE,
    )


def _save_png(path: Path, pixels: Any) -> None:
    import cv2

    with atomic_write(path) as temporary:
        temporary.write_bytes(cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes())
