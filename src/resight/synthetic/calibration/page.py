"""The calibration's page: tables, and what they say of the aims, in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from resight.synthetic.calibration.settings import SIZES, Settings
from resight.synthetic.calibration.situations import NULL
from resight.synthetic.calibration.tables import Column, markdown_table
from resight.synthetic.synthesis import WORLD_VERSION

NAMES = {
    "chance": "chance",
    "colour + euclidean": "colour, Euclid",
    "colour + xqda": "colour + XQDA",
    "silhouettes + euclidean": "silhouettes, Euclid",
    "silhouettes + xqda": "silhouettes + XQDA",
    "c3d + euclidean": "C3D, Euclid",
    "c3d + xqda": "C3D + XQDA",
    "c3d shuffled + euclidean": "C3D, Euclid, frames shuffled",
    "c3d shuffled + xqda": "C3D + XQDA, frames shuffled",
    "c3d one frame + euclidean": "C3D, Euclid, one frame repeated",
    "c3d one frame + xqda": "C3D + XQDA, one frame repeated",
}
ORDER = ("prid", "ilids", "aerial")
"""Wanted: the first is the easiest, the last the hardest."""
LOW, HIGH = 30, 60
"""Wanted: rank-1 in % of colour + XQDA, in `BETWEEN` at full size."""
BETWEEN = ("prid", "ilids")


def page(found: Sequence[Column], settings: Settings, model: str | None, sheets: Sequence[str]) -> str:
    """Write the page of all that is measured.

    Parameters
    ----------
    found : sequence of Column
    settings : Settings
    model : str or None
        Name of the network that was measured, with what is known of whom it saw.
    sheets : sequence of str
        Paths of the contact sheets, relative to the page.
    """
    groups = ("domains", "twins", "nulls", "knobs")
    domains, twins, nulls, knobs = ([c for c in found if c.group == group] for group in groups)
    seeds = ", ".join(map(str, settings.camera_seeds))
    longest = "as long as the domain has them" if settings.longest is None else f"of at most {settings.longest} frames"
    parts = [
        f"# How hard the world is ({WORLD_VERSION})",
        "Rank-1 / mAP in %, the mean over camera seeds; in brackets the lowest and the highest rank-1 of one of them. "
        f"World seed {settings.seed}, camera seeds {seeds}; tracklets {longest}. XQDA (`svd`) learns on as many other "
        "people of the same domain, filmed alike. With two cameras the first asks the second; with more, everybody's "
        "first tracklet in every camera asks all others across cameras. The oracle measures the 50 numbers of a gait "
        "with independent noise, in standard deviations of each over the population, and ranks by Euclid.",
        "Silhouettes are gait energy images (64×44) of outlines that nobody hides.",
        f"C3D: {model}." if model else "C3D: not measured, since no network was given.",
        "## Domains",
        _table(domains, [c.domain for c in domains]),
        *_aims(domains),
    ]
    if twins:
        parts += [
            "## Twins",
            f"Everybody has the body, hair and clothes of person 1 of `{twins[0].domain}`; only gaits differ, by so "
            "many times as much as between ordinary people. Null twins walk alike as well.",
            _table(twins, [c.name for c in twins]),
            *(_leak(column, "null twins") for column in twins if column.name == NULL and column.rows),
        ]
    if nulls:
        parts += [
            "## Null twins of the other domains",
            f"With the cameras of seed {settings.camera_seeds[0]}. Who is above chance here found a leak in boxes, "
            "noise, light or seeds.",
            _table(nulls, [c.domain for c in nulls]),
            *(_leak(column, f"null twins of {column.domain}") for column in nulls if column.rows),
        ]
    if knobs:
        base = next((c for c in domains if c.domain == knobs[0].domain), None)
        parts += ["## Knobs", _knobs(knobs, base)]
    if sheets:
        parts += ["## Contact sheets", *(f"![{name}]({name})" for name in sheets)]
    return "\n\n".join(parts) + "\n"


def _table(found: Sequence[Column], names: Sequence[str]) -> str:
    rows = list(dict.fromkeys(row for column in found for row in column.rows))
    known = [row for row in NAMES if row in rows]
    oracle = [row for row in rows if row.startswith("oracle")]
    place = next((i for i, row in enumerate(known) if row.startswith("c3d")), len(known))
    ordered = [*known[:place], *oracle, *known[place:]]
    counts = ["test people / queries", *(f"{c.people} / {c.queries}" for c in found)]
    return markdown_table(
        ["", *names], [counts, *([NAMES.get(row, row), *(c.cell(row) for c in found)] for row in ordered)]
    )


def _aims(domains: Sequence[Column]) -> list[str]:
    """Hold the domains against what was wanted of them."""
    row = "colour + xqda"
    found = {c.domain: c for c in domains if len(c.values(row, "rank1"))}
    said = []
    for name in BETWEEN:
        if name in found:
            value, full = float(found[name].values(row, "rank1").mean()), found[name].people == SIZES[name]
            inside = "within" if LOW <= value <= HIGH else "outside"
            size = "" if full else f" (with {found[name].people} people; it is meant for {SIZES[name]})"
            said.append(f"- colour + XQDA on {name}: {value:.1f} %, {inside} the wanted {LOW}–{HIGH} %{size}.")
    known = [name for name in ORDER if name in found]
    if len(known) > 1:
        values = {name: float(found[name].values(row, "rank1").mean()) for name in known}
        order = sorted(known, key=lambda name: -values[name])
        verdict = "as wanted" if order == known else f"wanted {', '.join(known)}"
        said.append(f"- from the easiest for colour + XQDA to the hardest: {', '.join(order)} ({verdict}).")
    return ["\n".join(said)] if said else []


def _leak(column: Column, whom: str) -> str:
    """Say whose rank-1 on null twins lies above chance by three standard errors or more."""
    chance = column.values("chance", "rank1").mean() / 100 if "chance" in column.rows else 1 / column.people
    above = []
    for row in column.rows:
        values = column.values(row, "rank1") / 100
        error = np.sqrt(chance * (1 - chance) / (column.queries * len(values)))
        if row != "chance" and values.mean() > chance + 3 * error:
            above.append(f"{NAMES.get(row, row)} ({100 * values.mean():.1f} %)")
    text = f"three standard errors above chance ({100 * chance:.1f} %), as if queries were independent"
    return f"On {whom} {', '.join(above) if above else 'nobody'} is {text}."


def _knobs(knobs: Sequence[Column], base: Column | None) -> str:
    rows = ("colour + euclidean", "colour + xqda")
    head = ["", *(NAMES[row] for row in rows), "rank-1 over the domain as it is: Euclid", "XQDA"]
    lines = [] if base is None else [[f"{base.domain} as it is", *(base.cell(row) for row in rows), "", ""]]
    for column in knobs:
        over = ["", ""] if base is None else [column.over(base, row) for row in rows]
        lines.append([column.name, *(column.cell(row) for row in rows), *over])
    return markdown_table(head, lines)
