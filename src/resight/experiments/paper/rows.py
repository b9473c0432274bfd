"""The rows that tables share: ours, the untouched baseline, the colour floor, and the compared methods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from resight.experiments.own_matching import OWN
from resight.experiments.paper.data import TRAINED_ON
from resight.experiments.paper.published import figures
from resight.experiments.paper.settings import Changes
from resight.experiments.paper.sources import Learned, Named, Shipped, Source, Tuned, Untouched, own_clips
from resight.experiments.paper.training import FineTuning, MethodTraining
from resight.experiments.paper.trial import Trial
from resight.methods.registry import METHODS, method_class

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

OURS, BASELINE, COLOUR = "ours: C3D fine-tuned", "baseline: C3D untouched", "colour"


@dataclass(frozen=True)
class Row:
    """A row of a table: name and metric as in the records, and the published row that stands beside it."""

    name: str
    metric: str
    published: str | None = None

    @property
    def words(self) -> str:
        """Name with metric, as tables print it."""
        return f"{self.name} + {METRIC_WORDS.get(self.metric, self.metric)}"


ASK = "Compared methods that are not measured yet are trained where one asks by `--methods`."
METRIC_WORDS = {"euclidean": "Euclid", "xqda": "XQDA", OWN: "as its paper matches"}
PAPER_ROWS = (
    Row(OURS, "euclidean", "ours/euclidean"),
    Row(OURS, "xqda", "ours/xqda"),
    Row(BASELINE, "euclidean"),
    Row(BASELINE, "xqda", "baseline/xqda"),
    Row(COLOUR, "euclidean"),
    Row(COLOUR, "xqda"),
)


def first_model(lab: Lab, split: int, changes: Changes = ()) -> FineTuning:
    """Return the training of model 1: the union of the sets that are here, without MARS (METHODS §1.4)."""
    return FineTuning(lab.data.here(TRAINED_ON), split, changes)


def second_model(lab: Lab, split: int) -> FineTuning:
    """Return the training of model 2: model 1 with a new classifier, fine-tuned further on MARS's training people.

    Where no other set is here it begins from where model 1 would; in a quick run model 1 is the shipped network.
    """
    changes, first = tuple(lab.settings.second.items()), first_model(lab, split)
    if lab.settings.tuned:
        whole = (("model.weights", lab.settings.tuned), ("model.reinit_fc", False))
        return FineTuning(("mars",), split, (*whole, *changes))
    return FineTuning(("mars",), split, changes, after=first if first.domains else None)


def ours(lab: Lab, split: int) -> Source:
    """Return what stands for model 1: fine-tuned for the split, or in a quick run the shipped network where it is."""
    if lab.settings.tuned:
        return Shipped(lab.settings.tuned)
    return Tuned(first_model(lab, split))


def baseline(lab: Lab, split: int) -> Source:
    """Return C3D before fine-tuning."""
    return Untouched(split)


def compared(lab: Lab, domains: tuple[str, ...], domain: str, split: int) -> Iterator[Trial]:
    """Yield the trials of the compared methods asked for, trained on some sets and tested on one."""
    for method in lab.methods:
        source = method_source(method, domains, split)
        for metric in metrics_of(method):
            yield Trial(title_of(method), source, domain, split, metric, learn=domains if domain not in domains else ())


def compared_rows(lab: Lab) -> tuple[Row, ...]:
    """Return a row for each compared method asked for and each of its metrics, the published figures by its paper's."""
    return tuple(
        Row(title_of(name), metric, name if metric == paper_metric(name) else None)
        for name in lab.methods
        for metric in metrics_of(name)
    )


def unasked(lab: Lab, known: Iterable[str]) -> tuple[str, ...]:
    """Return the compared methods among names with published figures that nobody asked for."""
    return tuple(name for name in known if name in METHODS and name not in lab.methods)


def unasked_rows(lab: Lab, domain: str) -> tuple[Row, ...]:
    """Return the published rows of a set whose methods nobody asked for."""
    known = [name for name, sets in figures()["rows"].items() if domain in sets]
    return tuple(Row(name, paper_metric(name), name) for name in unasked(lab, known))


def paper_metric(method: str) -> str:
    """Return the metric that a compared method's paper matches by; Euclid where there is no paper."""
    if method in METHODS:
        return method_class(method).matches_by
    return "xqda" if method == "lomo" else "euclidean"  # LOMO is XQDA's own feature


def metrics_of(method: str) -> tuple[str, ...]:
    """Return what a compared method is tested by: its paper's metric first, and XQDA, which all are tested by."""
    first = paper_metric(method)
    return (first, "euclidean" if first == "xqda" else "xqda")


def method_source(method: str, domains: tuple[str, ...], split: int) -> Source:
    """Return a compared method: trained on the people of some sets, or as it is where it learns nothing here."""
    return Learned(MethodTraining(method, domains, split)) if method in METHODS else Named(method)


def title_of(method: str) -> str:
    """Return what tables call a compared method: a network by its file's name."""
    return Path(method.removeprefix("onnx:")).stem if method.startswith("onnx:") else method


def start_words(lab: Lab) -> str:
    """Say what the untouched baseline is: the table must tell."""
    named = lab.recipe().model.weights
    if named:
        text = f"The baseline is {named.rpartition('/')[2]}, never fine-tuned"
        recipe = lab.recipe()
        own, ours_takes = own_clips(named)[0], (recipe.clips.length, *recipe.preprocessing.size)
        if own == ours_takes:
            return f"{text}."
        sizes = ["×".join(map(str, size)) for size in (own, ours_takes)]
        return f"{text}, on clips of {sizes[0]} as it was trained; ours takes {sizes[1]}."
    return (
        "The baseline has random weights, another draw for each split: the recipe names no weights to begin from, so "
        "fine-tuning too began from nothing and transfer is not tested here."
    )


def ours_words(lab: Lab) -> str:
    """Say what was fine-tuned, for whom, and when that was not done anew."""
    if lab.settings.tuned:
        text = (
            f"Quick: ours is the shipped {lab.settings.tuned}, tested on people it never saw; the splits serve XQDA "
            "and the test alone."
        )
        unfair = " Compared methods learn by short schedules from the few people of the split: ours has seen far more."
        return text + (unfair if lab.methods else "")
    sets = ", ".join(lab.data.here(TRAINED_ON))
    text = f"Ours is fine-tuned anew for each split, on the training halves of {sets} together."
    return ("Quick: few people and a short training. " if lab.settings.quick else "") + text
