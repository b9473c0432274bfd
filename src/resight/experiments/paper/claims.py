"""The paper's thirteen claims, each with the experiment that tests it, its effects and a verdict."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from resight.counting import counted
from resight.errors import DataError
from resight.experiments.paper import claim_tests as tests
from resight.experiments.paper.facts import column
from resight.experiments.paper.findings import ONE, Finding, all_together
from resight.experiments.paper.registry import open_experiment

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab


@dataclass(frozen=True)
class Claim:
    """A claim of the paper (METHODS §18), the experiment that tests it, and what weighs it."""

    number: int
    text: str
    experiment: str
    weigh: Callable[[Lab], list[Finding]]
    published: str = ""
    caveat: Callable[[Lab], str] | str = ""
    methods: tuple[str, ...] = ()

    def findings(self, lab: Lab) -> list[Finding]:
        """Return its effects, each with the reason where the sets that it needs are not here."""
        return [f if f.absent else replace(f, absent=_absent(lab, f.sets)) for f in self.weigh(lab)]

    def unasked(self, lab: Lab) -> str:
        """Say which compared methods it needs and nobody asked for; empty where all were."""
        missing = [name for name in self.methods if name not in lab.methods]
        words = f"cells that it needs are not done; {', '.join(missing)}: trained where one asks by"
        return f"{words} `--methods {','.join(self.methods)}`." if missing else ""

    def limits(self, lab: Lab) -> str:
        """Return what the test does not reach."""
        return self.caveat(lab) if callable(self.caveat) else self.caveat


CLAIMS = (
    Claim(
        1,
        "Fine-tuning transfers: the fine-tuned C3D beats the untouched pre-trained one on every domain.",
        "table1",
        tests.transfer,
        "58.7 → 76.02, 42.5 → 73.62, 29.4 → 50.60",
        tests.no_pretraining,
    ),
    Claim(
        2,
        "Several domains fine-tuned together give more generic and more discriminative features than one alone.",
        "ablations",
        tests.several_domains,
        caveat="Every network has the same number of iterations, so a network of one set sees each of its people more "
        "often.",
    ),
    Claim(
        3,
        "XQDA adds about 10 points of rank-1 on average over the four sets, for the baseline too; on iLIDS Euclid is "
        "better at ranks 10 and 20.",
        "table1, table2",
        tests.xqda_adds,
        "59.18 → 68.85 (+9.7 by its own figures)",
        "For ours the whole interval has to reach the paper's own 9.67 points.",
    ),
    Claim(
        4,
        "On average over the four sets 4 points or more above IDE, 7 above ASTPN, 13.25 above RCN, 27.8 above the "
        "baseline.",
        "table1, table2",
        tests.above_others,
        "68.85 against 64.4, 61.5, 55.75, 41.48",
        "The paper's rows mix protocols (METHODS §16); here all are trained and tested on the same people. A "
        "whole interval has to reach the points that the claim names.",
        ("ide", "astpn", "rcn"),
    ),
    Claim(
        5,
        'The baseline is poor on aerial views "due to train/test domain mismatch".',
        "table1",
        tests.poor_from_the_air,
        "29.4 against 58.7 and 42.5",
        "A mismatch is taken for the cause where fine-tuning gains more there than elsewhere.",
    ),
    Claim(
        6,
        "Cross-testing on an unseen set is worse than training on it; XQDA helps there, above the baseline.",
        "table2",
        tests.unseen_set,
        "27.9 → 38.7, baseline 35.3; trained 61.66",
    ),
    Claim(
        7,
        "Trained on MARS: 61.66 with Euclid, 75.17 with XQDA, above IDE.",
        "table2",
        tests.trained_on_mars,
        "75.17 against 68.3",
        "The levels are those of real MARS; here only the order can be tested.",
        ("ide",),
    ),
    Claim(
        8,
        "With few data fine-tuning a whole network over-fits; more data gives better training.",
        "ablations",
        tests.more_people,
        "",
        "Over-fitting itself and whether more data gives more robustness to noise are not weighed.",
    ),
    Claim(
        9,
        "Shorter sequences lower rank-1.",
        "table3",
        tests.shorter_sequences,
        "20, 33.86, 52.71, 56.80 for 1, 8, 16, 32 frames",
    ),
    Claim(
        10,
        'People in similar clothes and on other days are found: "only the walk pattern is common".',
        "temporal",
        tests.walk_pattern,
        "5 of 5 and 8 of 8 within the first ten",
        "Weighed is that all are found, by everybody in the test and not by 5 and 8 of them, and that the walk is what "
        "tells them: twins are found better with frames in order than shuffled and than frozen.",
    ),
    Claim(
        11,
        "A 3D-CNN is more robust to white noise than 2-D ones.",
        "figure5",
        tests.robust_to_noise,
        "45.20 against ASTPN 40.50, IDE 35.25, RCN 28.25",
        "The fair 2-D network is the same C3D with temporal kernel 1; both begin from random weights. Weighed is "
        "rank-1 under noise, most of which is there without noise, and beside it how much less noise takes: clean less "
        "noisy of the second, less that of the first. Means are over the grid and the sets that are trained on, the "
        "published one over MARS too.",
        ("astpn", "ide", "rcn"),
    ),
    Claim(
        12,
        "The first layers learn motion; conv1's filters show edges, blobs, colour and direction.",
        "ablations, figure2, figure3",
        tests.first_layers_learn_motion,
        "",
        "Weighed is the share of conv1's energy that is change over time: after a training less before it (of model 1, "
        "or a short one where that is not trained), and, from nothing, on moving less frozen frames, with Student's "
        "interval over trainings. What the filters look like is for the reader of figures 2 and 3.",
    ),
    Claim(
        13,
        "3×3×3 kernels throughout, and pairs of convolutions after two single ones, preserve temporal information "
        "better.",
        "ablations",
        tests.kernels_and_pairs,
        "",
        "The network with single convolutions has fewer parameters too.",
    ),
)


@dataclass(frozen=True)
class Effect:
    """One effect as it is printed."""

    what: str
    published: str
    words: str
    verdict: str | None


@dataclass(frozen=True)
class ClaimVerdict:
    """A claim's verdict, None where cells are missing; what its test does not reach; its effects.

    `remark` stands beside a verdict of one split or seed, or of fewer steps, splits or seeds than are wanted; `why`
    takes the place of the usual reason.
    """

    number: int
    verdict: str | None
    limits: str
    effects: tuple[Effect, ...]
    remark: str = ""
    why: str = ""


@dataclass(frozen=True)
class Weighing:
    """All claims weighed on some people: where, from how many splits, the verdicts in order, how it was measured."""

    where: str
    sizes: str
    claims: tuple[ClaimVerdict, ...]
    measured: dict[str, str]

    def to_json(self) -> str:
        """Write it as JSON."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def weigh(lab: Lab, synthetic: bool, command: str = "") -> Weighing:
    """Weigh every claim by what is done, and say how that was measured; measures nothing."""
    found, quick = [], lab.settings.quick
    steps = lab.settings.short.get("training.iterations", "few")
    for claim in CLAIMS:
        findings = claim.findings(lab)
        of_tables = claim.experiment.startswith("table")
        wanted, unit = (lab.settings.splits, "split") if of_tables else (lab.settings.seeds, "seed")
        effects = tuple(
            Effect(f.what, f.published, f.words(wanted, unit), "n/a" if f.absent else f.verdict) for f in findings
        )
        verdict, remark = all_together(findings), ""
        why = _undecided(findings) if verdict == "can't be told" else ""
        missing, repeats = [f for f in findings if f.verdict is None], [f.repeats for f in findings if f.verdict]
        if missing and verdict is None and all(f.absent for f in missing):
            verdict, why = "can't be told", f"an effect below cannot be weighed: {missing[0].absent}."
        elif verdict is None:
            why = claim.unasked(lab)
        elif quick and not of_tables:
            remark = f"after trainings of {steps} steps"
        elif max(repeats) == 1:
            remark = f"of {ONE[unit]}"
        elif min(repeats) < wanted:
            remark = "of part of the splits or seeds"
        found.append(ClaimVerdict(claim.number, verdict, claim.limits(lab), effects, remark, why))
    people = "synthetic people" if synthetic else "real people"
    splits, seeds = counted(lab.settings.splits, "split"), counted(lab.settings.seeds, "seed")
    sizes = f"{splits} for tables 1 to 3, {seeds} for the others"
    few = (
        f"few people; trainings of {steps} steps, so that verdicts on claims 2, 8 and 10 to 13 show that the command "
        "works and no more; "
        + ("in claims 4, 7 and 11 ours has seen far more people than the compared methods; " if lab.methods else "")
    )
    names = dict.fromkeys(name for claim in CLAIMS for name in claim.experiment.split(", "))
    measured = column(lab, [cell for name in names for cell in open_experiment(name).cells(lab)], command)
    return Weighing(f"{people}, quick" if quick else people, few + sizes if quick else sizes, tuple(found), measured)


def _absent(lab: Lab, sets: Sequence[str]) -> str:
    """Say which of some sets and variants are not here; nothing where all are."""
    missing = [name for name in sets if not lab.data.has_variant(name) and name not in lab.data.here()]
    return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not among the sets here" if missing else ""


def _undecided(findings: list[Finding]) -> str:
    """Return a reason beside the intervals for which a claim cannot be told; else nothing.

    As an effect's own, or that what is open comes from one training alone.
    """
    if own := next((f.why for f in findings if f.why), ""):
        return own
    open_ones = [f.interval for f in findings if f.verdict == "can't be told" and f.interval]
    alone = open_ones and all(math.isinf(interval.low) for interval in open_ones)
    return "an effect below comes from one training, which has no interval." if alone else ""


def read_weighing(path: Path) -> Weighing:
    """Read what `Weighing.to_json` wrote.

    Raises
    ------
    DataError
        Where the file is missing or holds something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        claims = tuple(
            ClaimVerdict(**c | {"effects": tuple(Effect(**effect) for effect in c["effects"])})
            for c in content["claims"]
        )
        if [claim.number for claim in claims] != [claim.number for claim in CLAIMS]:
            raise KeyError("claims")
        return Weighing(content["where"], content["sizes"], claims, dict(content.get("measured", {})))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: no weighed claims; `resight reproduce` writes them") from error
