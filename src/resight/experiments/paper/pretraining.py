"""The stand-in for Sports-1M: how well the pre-trained network names actions of people it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resight.datasets.actions import TEST_PEOPLE
from resight.experiments.action_accuracy import VIEWS, action_accuracy
from resight.experiments.paper.cells import Cell
from resight.experiments.paper.experiment import Experiment, Page, Table
from resight.experiments.paper.training import weights_digest
from resight.models import load_model
from resight.synthetic.actions import film_actions
from resight.synthetic.motion import NAMES, PAIRS
from resight.synthetic.synthesis import WORLD_VERSION

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

VERSION = 1
"""Of the code of this cell; a higher number makes it anew."""
PRETRAINED = "c3d-small-actions"
SEEN, UNSEEN = ("prid", "ilids", "mars"), "plaza"
"""Domains that the network was trained in, with other people, and one that it was not."""


@dataclass(frozen=True)
class Naming:
    """Everybody's actions in one domain, named in order and with time broken.

    Attributes
    ----------
    domain : str
    people : int
        Who act, from `TEST_PEOPLE`; nothing is trained on them.
    """

    domain: str
    people: int
    kind = "actions"

    def record(self, lab: Lab) -> dict[str, Any]:
        """Return the network, the people and the world."""
        found = {"cell": "actions", "version": VERSION, "weights": weights_digest(PRETRAINED)}
        return found | {"domain": self.domain, "people": self.people, "world": WORLD_VERSION}

    def words(self, lab: Lab) -> str:
        """Name the network and the people."""
        return f"{PRETRAINED} names actions of {self.people} unseen people in {self.domain}"

    def needs(self) -> tuple[Cell, ...]:
        """Return nothing."""
        return ()

    def measure(self, lab: Lab) -> dict[str, Any]:
        """Film and name."""
        people = range(TEST_PEOPLE + 1, TEST_PEOPLE + 1 + self.people)
        tracklets = film_actions([self.domain], people)
        return {"tracklets": len(tracklets), "accuracy": action_accuracy(load_model(PRETRAINED), tracklets)}


def cells(lab: Lab) -> list[Naming]:
    """Declare every domain."""
    return [Naming(domain, lab.settings.actors) for domain in (*SEEN, UNSEEN)]


def page(lab: Lab) -> Page:
    """Print the share named rightly, and between the two of a pair, under each way to break time."""
    rows = []
    for cell in cells(lab):
        found = lab.result(cell)
        accuracy = found["accuracy"] if found else {}
        texts = [f"{100 * accuracy[key]:.1f}" if found else "missing" for key in columns()]
        rows.append((cell.domain, str(found["tracklets"]) if found else "–", *texts))
    chance = (f"{100 / len(NAMES):.1f}",) * len(VIEWS) + ("50.0",) * len(VIEWS)
    rows.append(("chance", "–", *chance))
    note = f"{lab.settings.actors} people, {len(NAMES)} actions each; nobody of them was trained on."
    named = Table("Actions named rightly, %", ("domain", "tracklets", *columns()), tuple(rows), note)
    pairs = ", ".join(" / ".join(pair).replace("_", " ") for pair in PAIRS)
    return Page(
        tables=[named],
        notes=[
            f"{UNSEEN} is a domain that the network was not trained in.",
            f"“pairs”: of two actions that the order of time tells apart ({pairs}) the right one is the likelier; "
            "frozen, one frame is repeated, and reversed, what was one of the pair looks like the other.",
        ],
    )


def columns() -> tuple[str, ...]:
    """Return the keys of `action_accuracy` in the table's order."""
    return (*VIEWS, *(f"{view}, pairs" for view in VIEWS))


EXPERIMENT = Experiment(
    "Pre-training: actions",
    "The paper begins from a network that learned to name sports in a million videos; ours learned to name what "
    "synthetic people do, where motion decides and looks do not.",
    cells,
    page,
    (),
)
