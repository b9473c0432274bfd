"""The cell that disturbs: one trial under growing noise, corruption or attack; all levels and seeds are one cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from resight.experiments.attack_curve import attack_curve, change_name
from resight.experiments.curve_points import Point
from resight.experiments.noise_curve import Subject, corruption_curve, noise_curve
from resight.experiments.paper.cells import Cell
from resight.experiments.paper.trial import Trial
from resight.robustness.attacks import Attack

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

VERSION = 1
NOISE = "white noise"
ATTACKS = ("fgsm", "pgd", "random")


@dataclass(frozen=True)
class Disturbance:
    """A trial whose probes are disturbed more and more; metrics were learned on clean frames, the gallery is clean.

    Attributes
    ----------
    trial : Trial
        Without a view.
    change : str
        ``white noise``, a corruption of `resight.robustness.CORRUPTIONS`, or one of `ATTACKS`.
    levels : tuple of float
        Variances, severities or epsilons.
    seeds : tuple of int
        Of the noise; an attack takes the first.
    """

    trial: Trial
    change: str
    levels: tuple[float, ...]
    seeds: tuple[int, ...] = (0,)
    kind = "disturbance"

    @property
    def shown(self) -> str:
        """The disturbance's name in its points, and so in tables."""
        return change_name(self.change) if self.change in ATTACKS else self.change

    def record(self, lab: Lab) -> dict[str, Any]:
        """Return the trial's record with the disturbance."""
        found: dict[str, Any] = {"cell": "disturbance", "version": VERSION, "trial": self.trial.record(lab)}
        return found | {"change": self.change, "levels": list(self.levels), "seeds": list(self.seeds)}

    def words(self, lab: Lab) -> str:
        """Name the trial and the disturbance."""
        return f"{self.trial.words(lab)}, {self.change}"

    def needs(self) -> tuple[Cell, ...]:
        """Return what the trial stands on."""
        return self.trial.needs()

    def measure(self, lab: Lab) -> dict[str, Any]:
        """Measure every level and seed, and clean."""
        extractor, split = lab.extractor(self.trial.source), self.trial.test_split(lab)
        self.trial.refuse_leak(lab, extractor)
        metrics = {self.trial.metric: self.trial.fitted(lab, extractor, split)}
        domain = self.trial.domain
        subject = Subject(extractor, metrics, split, domain, lab.data[domain].synthetic, lab.work / "features")
        if self.change == NOISE:
            points = noise_curve(subject, self.levels, self.seeds)
        elif self.change in ATTACKS:
            points = attack_curve(subject, Attack(self.change), epsilons=self.levels, seed=self.seeds[0])  # type: ignore[arg-type]
        else:
            points = corruption_curve(subject, self.change, [int(v) for v in self.levels], self.seeds)
        return {"points": [asdict(p) for p in points]}


def points_of(lab: Lab, cells: Iterable[Disturbance]) -> list[Point]:
    """Return the points of the finished cells, under their trials' names."""
    found = []
    for cell in cells:
        result = lab.result(cell)
        for record in result["points"] if result else ():
            point = Point(**record)
            found.append(replace(point, method=cell.trial.name, metric=cell.trial.label, split=str(cell.trial.split)))
    return found
