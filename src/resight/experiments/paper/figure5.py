"""Figure 5: white noise, and what the paper did not do: corruptions, attacks, and the fair 2-D control."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from resight.experiments.curve_points import Line, lines
from resight.experiments.paper.data import TRAINED_ON
from resight.experiments.paper.disturbance import ATTACKS, NOISE, Disturbance, points_of
from resight.experiments.paper.disturbed_rows import DisturbedRow, average_table, level_table, rows_of
from resight.experiments.paper.experiment import Experiment, Page
from resight.experiments.paper.published import as_text, figures
from resight.experiments.paper.rows import OURS, method_source, ours, ours_words, paper_metric, second_model, title_of
from resight.experiments.paper.settings import SCRATCH
from resight.experiments.paper.sources import Shipped, Tuned
from resight.experiments.paper.training import FineTuning
from resight.experiments.paper.trial import Trial
from resight.experiments.scoring import label
from resight.plots.curves import LevelCurve, level_figure
from resight.robustness import CORRUPTIONS, SEVERITIES, VARIANCES

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

SEEDS = (0, 1, 2)
FLAT, DEEP = "C3D from nothing, kernel 1 (2-D)", "C3D from nothing, kernel 3 (3-D)"
XLABELS = {NOISE: "variance (thousandths)"}


def _short(lab: Lab, seed: int, kernel: int) -> Tuned:
    changes = (*SCRATCH, *lab.settings.short.items(), ("model.temporal_kernel", kernel))
    return Tuned(FineTuning(lab.data.here(TRAINED_ON), seed, changes))


def _trials(lab: Lab, seed: int) -> list[Trial]:
    domains = lab.data.here(TRAINED_ON)
    found = [Trial(OURS, ours(lab, seed), d, seed, metric) for d in domains for metric in ("euclidean", "xqda")]
    for name, kernel in ((DEEP, 3), (FLAT, 1)):
        found += [Trial(name, _short(lab, seed, kernel), d, seed) for d in domains]
    for method in lab.methods:
        source = method_source(method, domains, seed)
        found += [Trial(title_of(method), source, d, seed, paper_metric(method)) for d in domains]
    if seed == 0 and "mars" in lab.data:
        second = Tuned(second_model(lab, seed))
        found += [Trial(OURS, second, "mars", seed, metric) for metric in ("euclidean", "xqda")]
    return found


def noise(lab: Lab) -> list[Disturbance]:
    """Declare white noise: seeds of the split, all sets; MARS in one split alone, by the second model."""
    seeds = range(lab.settings.seeds)
    return [Disturbance(trial, NOISE, VARIANCES, SEEDS) for seed in seeds for trial in _trials(lab, seed)]


def beyond(lab: Lab) -> list[Disturbance]:
    """Declare corruptions and attacks: the first split, the first set that is here, Euclid."""
    first = lab.data.here(TRAINED_ON)[:1]
    trials = [t for t in _trials(lab, 0) if t.domain in first and t.metric == "euclidean"]
    found = [Disturbance(t, name, tuple(map(float, SEVERITIES))) for name in CORRUPTIONS for t in trials]
    attacked = [t for t in trials if isinstance(t.source, (Shipped, Tuned))]
    epsilons = tuple(level / 255 for level in lab.settings.attacks)
    return found + [Disturbance(t, way, epsilons) for way in ATTACKS for t in attacked]


def cells(lab: Lab) -> list[Disturbance]:
    """Declare noise, corruptions and attacks."""
    return [*noise(lab), *beyond(lab)]


def page(lab: Lab) -> Page:
    """Draw rank-1 over every disturbance, and tabulate the mean over the grid that the paper quotes."""
    found, declared = Page(notes=[ours_words(lab)]), cells(lab)
    groups: dict[str, list[DisturbedRow]] = {}
    for row in rows_of(declared, lines(points_of(lab, declared))):
        groups.setdefault(row.change, []).append(row)
    for change, rows in groups.items():
        if drawn := [row.line for row in rows if row.line]:
            found.figures.append(_figure(lab, change, drawn))
        found.tables.append(level_table(change, rows))
        if change == NOISE:
            found.tables.append(average_table(rows))
    quoted = "; ".join(f"{name} {as_text(value)}" for name, value in figures()["noise"].items())
    found.notes.append(f"Published, mean of rank-1 over the four sets, for a variance that is not said: {quoted}.")
    found.notes.append("Noise at native resolution before any resize, frames in [0, 1], probes alone (METHODS §14).")
    return found


def _figure(lab: Lab, change: str, drawn: list[Line]) -> tuple[str, Figure, str]:
    """Draw the lines of one disturbance, a panel a set."""
    styles = {name: i for i, name in enumerate(dict.fromkeys(label(d.method, d.metric) for d in drawn))}
    panels = [
        (lab.data[domain].title, [_curve(d, styles) for d in drawn if d.domain == domain])
        for domain in dict.fromkeys(d.domain for d in drawn)
    ]
    scale = 1e3 if change == NOISE else 255 if max(drawn[0].levels) < 1 else 1.0
    xlabel = XLABELS.get(change, "epsilon (grey levels)" if scale == 255 else "severity")
    name = "".join(c if c.isalnum() else "-" for c in change.lower())
    return name, level_figure(panels, xlabel, scale=scale), f"Rank-1 under {change}."


def _curve(line: Line, styles: dict[str, int]) -> LevelCurve:
    name = label(line.method, line.metric)
    return LevelCurve(name, line.levels, line.mean, line.low, line.high, styles[name])


EXPERIMENT = Experiment(
    "Figure 5: robustness",
    "White noise on the probes at seven variances with three seeds; corruptions at five severities; FGSM and PGD on "
    "the embedding beside random signs of the same norm; the same C3D with temporal kernel 1 as the fair 2-D network.",
    cells,
    page,
)
