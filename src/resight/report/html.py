"""The report: one page that carries all its pictures, and beside it results, tables and figures as files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from resight.files import write_text
from resight.plots import Curve, cmc_figure, filters_figure, inline_svg, ranked_figure, save_figure, training_figure
from resight.plots.filters import CHANNELS, channel_image, colour_image
from resight.plots.style import PALETTE
from resight.report import page
from resight.report.pictures import png_uri, strip, text_uri
from resight.report.ranking import Ranking
from resight.report.results import Results
from resight.report.summary import Summary, aggregate
from resight.report.tables import FIGURES, table_rows, to_csv, to_latex, to_markdown


def write_report(
    results: Results,
    out_dir: str | Path,
    rankings: Sequence[Ranking] = (),
    conv1: Mapping[str, ArrayLike] | None = None,
) -> Path:
    """Write ``results.json``, ``tables/``, ``plots/`` and the self-contained ``report.html`` into a folder.

    Parameters
    ----------
    results : Results
    out_dir : str or Path
    rankings : sequence of Ranking
        Ranked lists to show; their words go to ``results.json``, their pictures into the page and ``plots/``.
    conv1 : mapping of name to weights ``(n_out, 3, T, kH, kW)``
        First-layer filters to show, channels in the order blue, green, red.

    Returns
    -------
    Path
        Of the page.

    Raises
    ------
    ResightError
        Where the folder cannot be written.
    InputError
        Where the records, pictures or filters do not fit together.
    """
    folder = Path(out_dir)
    if rankings:
        results = replace(results, rankings=[ranking.describe() for ranking in rankings])
    summaries = aggregate(results.records, results.pooled)
    rows = table_rows(summaries)
    tables = {"csv": to_csv(rows), "md": to_markdown(rows), "tex": to_latex(rows)}
    figures = _figures(results, summaries)
    text = _render(results, summaries, tables, figures, rankings, conv1 or {})
    results.save(folder / "results.json")
    for kind, table in tables.items():
        write_text(folder / "tables" / f"results.{kind}", table)
    for name, (figure, _) in figures.items():
        save_figure(figure, folder / "plots" / name)
    for name, (domain, shown) in _by_domain(rankings, "ranked").items():
        save_figure(ranked_figure(shown, domain), folder / "plots" / name)
    for name, weights in (conv1 or {}).items():
        save_figure(filters_figure(weights, name), folder / "plots" / f"conv1-{_slug(name)}")
    write_text(folder / "report.html", text)
    return folder / "report.html"


def _figures(results: Results, summaries: Sequence[Summary]) -> dict[str, tuple[Figure, str]]:
    """Draw the figures of the page, by file name, each with its words for those who cannot see it."""
    styles = {label: i for i, label in enumerate(dict.fromkeys(_label(s) for s in summaries))}
    figures = {}
    for name, (domain, shown) in _by_domain(summaries, "cmc").items():
        figure = cmc_figure([_curve(s, styles[_label(s)]) for s in shown], domain)
        words = "; ".join(f"{_label(s)}: rank-1 {100 * s.cmc[0]:.1f} %" for s in shown)
        figures[name] = (figure, f"CMC curves on {domain}. {words}.")
    runs = {run.name: {c: run.series(c) for c in ("loss", "val_rank1", "val_map")} for run in results.training}
    if any(steps for run in runs.values() for steps, _ in run.values()):
        words = f"Loss, validation rank-1 and mAP over the training steps of {', '.join(runs)}."
        figures["training"] = (training_figure(runs), words)
    return figures


def _curve(summary: Summary, style: int) -> Curve:
    low = high = None
    if summary.n_runs > 1:
        low, high = summary.cmc - summary.cmc_std, summary.cmc + summary.cmc_std
    elif summary.band:
        low, high = summary.band["low"], summary.band["high"]  # type: ignore[assignment]
    return Curve(_label(summary), summary.cmc, low, high, style)


def _render(
    results: Results,
    summaries: Sequence[Summary],
    tables: Mapping[str, str],
    figures: Mapping[str, tuple[Figure, str]],
    rankings: Sequence[Ranking],
    conv1: Mapping[str, ArrayLike],
) -> str:
    rows = table_rows(summaries)
    environment = Environment(
        loader=PackageLoader("resight.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    svgs = {name: Markup(inline_svg(figure, name, alt)) for name, (figure, alt) in figures.items()}
    kinds = {"csv": ("CSV", "text/csv"), "md": ("Markdown", "text/markdown"), "tex": ("LaTeX", "application/x-tex")}
    return environment.get_template("report.html.j2").render(
        results=results,
        synthetic=list(dict.fromkeys(r.domain for r in results.records if r.synthetic)),
        real=list(dict.fromkeys(r.domain for r in results.records if not r.synthetic)),
        seeds=sorted({record.seed for record in results.records}),
        headline=page.headline(rows),
        comparisons=page.comparison_groups(results.comparisons),
        comparison_words=page.comparison_words(results.comparisons),
        tables=page.domain_tables(rows),
        figures=FIGURES,
        attributes=page.attributes,
        spread_words=page.spread_words(rows),
        band_words=page.band_words(summaries),
        downloads=[(kinds[k][0], f"results.{k}", text_uri(text, kinds[k][1])) for k, text in tables.items()],
        costs=[(cost.method, page.cost_cells(cost)) for cost in results.costs],
        cmc=[svg for name, svg in svgs.items() if name.startswith("cmc-")],
        training=svgs.get("training"),
        rankings=list(_by_domain(rankings, "ranked").values()),
        strip=strip,
        films=any(p.ndim == 4 and len(p) > 1 for r in rankings for p in (r.picture, *(e.picture for e in r.entries))),
        filters=[(name, _filter_pictures(weights)) for name, weights in conv1.items()],
        recipe=yaml.safe_dump(results.recipe, sort_keys=False, allow_unicode=True) if results.recipe else "",
        weights=list(dict.fromkeys(f"{r.method}: {r.weights}" for r in results.records if r.weights)),
        seconds=_duration([r.seconds for r in results.records]),
        palette=PALETTE,
    )


def _filter_pictures(weights: ArrayLike) -> list[tuple[str, str]]:
    pictures = [("in colour", colour_image(weights))]
    pictures += [(f"{name} channel", channel_image(weights, i)) for i, name in enumerate(CHANNELS)]
    return [(name, png_uri(picture)) for name, picture in pictures]


def _duration(seconds: Iterable[float | None]) -> str:
    total = sum(value for value in seconds if value is not None)
    return f"{total / 60:.1f} min" if total >= 60 else (f"{total:.1f} s" if total else "")


def _label(summary: Summary) -> str:
    return f"{summary.method} + {summary.metric}"


def _by_domain(items: Iterable[Any], prefix: str) -> dict[str, tuple[str, list[Any]]]:
    """Group by domain in given order: a file name for each, its domain and its items."""
    groups: dict[str, list[Any]] = {}
    for item in items:
        groups.setdefault(item.domain, []).append(item)
    named: dict[str, tuple[str, list[Any]]] = {}
    for domain, members in groups.items():
        name = f"{prefix}-{_slug(domain)}"
        named[name if name not in named else f"{name}-{len(named)}"] = (domain, members)
    return named


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "unnamed"
