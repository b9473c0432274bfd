"""The cell that tests: one source of features, one metric, one set, one split."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from resight.datasets import Split
from resight.errors import RecipeError
from resight.experiments.leaks import knowledge
from resight.experiments.own_matching import OWN, own_matching
from resight.experiments.paper.cells import Cell
from resight.experiments.paper.outcome import to_plain
from resight.experiments.paper.sources import Learned, Source
from resight.experiments.paper.views import View, seen
from resight.experiments.scoring import NO_FEATURES, Entry, SplitFeatures, score
from resight.features.extract import Extractor, extract_features
from resight.metrics import METRICS, UNTRAINED
from resight.tracklets import TrackletSet

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

VERSION = 1
"""Of the code of these cells; a higher number makes them all anew."""
NOT_LEARNED = (*UNTRAINED, OWN)


@dataclass(frozen=True)
class Trial:
    """One test.

    Attributes
    ----------
    name : str
        The method's name in tables; no part of the key.
    source : Source
    domain : str
        The set or variant tested on.
    split : int
    metric : str
        Of `resight.metrics.METRICS`, or ``own``: the method's own matching.
    options : tuple of (name, value)
        Of the metric.
    learn : tuple of str
        Sets whose training people teach the metric; empty for those of the set tested on.
    view : View or None
        How query and gallery are seen, or the query alone; a metric learns on frames as they are.
    shown : str
        The metric's name in tables where it is not `label`; no part of the key.
    """

    name: str
    source: Source
    domain: str
    split: int
    metric: str = "euclidean"
    options: tuple[tuple[str, Any], ...] = ()
    learn: tuple[str, ...] = ()
    view: View | None = None
    shown: str = ""
    kind = "trial"

    def __hash__(self) -> int:
        return hash((self.source, self.domain, self.split, self.metric, self.options, self.learn, self.view))

    @property
    def label(self) -> str:
        """The metric's name in tables: with its options where no other is given."""
        return self.shown or self.metric + "".join(f", {key} {value}" for key, value in self.options)

    def record(self, lab: Lab) -> dict[str, Any]:
        """Return source, metric, split and view; the metric's teachers only where it learns."""
        found: dict[str, Any] = {"cell": "trial", "version": VERSION, "source": self.source.record(lab)}
        found |= {"metric": self.metric, "options": self._options(lab), "view": self.view and self.view.record()}
        found["test"] = lab.side(self.domain, self.split, "query", "gallery")
        if self.metric not in NOT_LEARNED:
            found["learn"] = {name: lab.side(name, self.split, "train") for name in self.learn or (self.domain,)}
        return found

    def words(self, lab: Lab) -> str:
        """Name method, metric, set and split."""
        text = f"{self.name} + {self.label} on {self.domain}, split {self.split}"
        return text + (f", {self.view}" if self.view else "")

    def needs(self) -> tuple[Cell, ...]:
        """Return what the source stands on."""
        return self.source.needs()

    def measure(self, lab: Lab) -> dict[str, Any]:
        """Extract, match, rank."""
        extractor = lab.extractor(self.source)
        self.refuse_leak(lab, extractor)
        split = self.test_split(lab)
        if self.metric == OWN:
            metric, features = own_matching(extractor, split)
        else:
            store = lab.work / "features"
            query, gallery = (extract_features(extractor, side, store) for side in (split.query, split.gallery))
            metric = self.fitted(lab, extractor, split)
            features = SplitFeatures(NO_FEATURES, query, gallery, split.train)
        entry = Entry(self.domain, split, self.name, "", self.label, self.split, lab.data[self.domain].synthetic)
        return to_plain(*score(entry, metric, features))

    def refuse_leak(self, lab: Lab, extractor: Extractor) -> None:
        """Raise `RecipeError` where the set's official test people leaked into the training (METHODS §3.8)."""
        tests = lab.data[self.domain].tests
        trained = self.source.training.folder(lab) if isinstance(self.source, Learned) else None
        if tests and tests in knowledge(extractor, trained).get("leaks", ()):
            raise RecipeError(f"{self.name} was trained on people of {tests}, so it cannot be tested there")

    def _options(self, lab: Lab) -> dict[str, Any]:
        """Return the metric's options: the recipe's for XQDA, and this trial's own."""
        return (lab.recipe().metrics.xqda if self.metric == "xqda" else {}) | dict(self.options)

    def fitted(self, lab: Lab, extractor: Extractor, split: Split) -> Any:
        """Fit the metric on a split's training people; Euclid and cosine learn nothing; own matching is none."""
        if self.metric == OWN:
            return None
        metric = METRICS[self.metric](**self._options(lab))
        if self.metric in NOT_LEARNED:
            return metric
        rows = extract_features(extractor, split.train, lab.work / "features")
        return metric.fit(rows, split.train.labels(), cameras=split.train.views())

    def test_split(self, lab: Lab) -> Split:
        """Return the split as it is tested: the people who teach the metric, query and gallery as they are seen."""
        split = lab.split(self.domain, self.split)
        known = TrackletSet()
        for name in self.learn or (self.domain,):
            known = known + lab.split(name, self.split).train.filter(lambda t: t.person > 0)
        query = seen(split.query, self.view)
        gallery = split.gallery if self.view and self.view.query_only else seen(split.gallery, self.view)
        return replace(split, train=known, query=query, gallery=gallery)
