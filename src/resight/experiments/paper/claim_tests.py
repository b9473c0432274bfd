"""How each claim is weighed: which trials, which differences (METHODS §18)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from resight.experiments.paper import ablations, figure5, matrix, table1, table2, table3, temporal
from resight.experiments.paper.averages import CROSS, CROSS_BASELINE, SECOND, Parts, average_rows
from resight.experiments.paper.data import NAMES, TRAINED_ON
from resight.experiments.paper.disturbance import points_of
from resight.experiments.paper.findings import Finding, Side, Weighed, finding, noise_finding, over_seeds
from resight.experiments.paper.outcome import gather
from resight.experiments.paper.rows import BASELINE, METRIC_WORDS, OURS, first_model, paper_metric
from resight.experiments.scoring import Scores

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

E, X = "euclidean", "xqda"
NEAR = 0.05
"""How far above chance a rank-1 may lie with the low end of its interval and be called near chance."""
FLOOR = "the baseline is at chance or near it on all three sets: what is hardly anywhere cannot be less on one of them."
STILL = "the training people here are still pictures, which show no motion"


def transfer(lab: Lab) -> list[Finding]:
    """Claim 1: ours over the untouched baseline, by both metrics, on every set."""
    scores = gather(lab, table1.cells(lab))
    gains = {"prid": "+17.32", "ilids": "+31.12", "aerial": "+21.20"}
    return [
        finding(
            f"{d}: ours over baseline, {m}",
            scores,
            [(1, (d, OURS, m), (d, BASELINE, m))],
            1,
            gains.get(d, "") if m == X else "",
        )
        for d in lab.data.here(TRAINED_ON)
        for m in (E, X)
    ]


def no_pretraining(lab: Lab) -> str:
    """Say where the baseline is no pre-trained network, so that transfer is not what was tested; else what is not."""
    if lab.recipe().model.weights:
        return "Whether it beats training from nothing is another question: the ablations ask it."
    return "The baseline here has random weights, so this weighs training, not transfer."


def several_domains(lab: Lab) -> list[Finding]:
    """Claim 2: all sets together over each set alone, tested on that set and, on average, on the two it did not see."""
    scores = gather(lab, matrix.trials(lab))
    here = lab.data.here(TRAINED_ON)
    if len(here) < 2:
        return [Finding("all together over one alone", None, None, absent="there are no two sets to train on")]
    together, found = matrix.name_of(here), []
    for d in here:
        alone = matrix.name_of((d,))
        found.append(
            finding(f"{d}: all together over it alone, Euclid", scores, [(1, (d, together, E), (d, alone, E))])
        )
    for d in here:
        others = tuple(o for o in here if o != d)
        if len(others) > 1:
            pair = (d, matrix.name_of(others), E)
            singles = [(d, matrix.name_of((o,)), E) for o in others]
            what = f"{d} unseen: the two others together over the mean of each alone"
            found.append(finding(what, scores, [(1, pair, singles)]))
    return found


def xqda_adds(lab: Lab) -> list[Finding]:
    """Claim 3: XQDA over Euclid, mean over the four sets, ours and baseline; and the exception on iLIDS."""
    scores = _four_sets(lab)
    rows = {name: parts for name, parts, _ in average_rows(lab)}
    found = [
        _average(
            "mean of four sets: ours, XQDA over Euclid, about 10 points",
            scores,
            rows["ours + XQDA"],
            rows["ours + Euclid"],
            "+9.67",
            0.0967,
        ),
        _average(
            "mean of four sets: baseline, XQDA over Euclid", scores, rows["baseline + XQDA"], rows["baseline + Euclid"]
        ),
    ]
    for rank in (10, 20):
        parts = [(1.0, ("ilids", OURS, E), ("ilids", OURS, X))]
        found.append(finding(f"iLIDS at rank {rank}: ours, Euclid over XQDA", scores, parts, rank))
    return found


def above_others(lab: Lab) -> list[Finding]:
    """Claim 4: the average over the four sets, ours with XQDA over IDE, ASTPN, RCN and the baseline."""
    scores = _four_sets(lab)
    rows = {name: parts for name, parts, _ in average_rows(lab)}
    mine = rows["ours + XQDA"]
    found = [
        _average("over baseline + XQDA, by 27.8 points", scores, mine, rows["baseline + XQDA"], "+27.38", 0.278),
    ]
    for name, known, points in (("ide", "+4.45", 4), ("astpn", "+7.35", 7), ("rcn", "+13.10", 13.25)):
        metric = paper_metric(name)
        what = f"over {name} + {METRIC_WORDS[metric]}, by {points} points"
        found.append(_average(what, scores, mine, tuple((name, metric) for _ in NAMES), known, points / 100))
    return found


def poor_from_the_air(lab: Lab) -> list[Finding]:
    """Claim 5: the baseline lower on aerial than on the others, and fine-tuning's gain larger there."""
    scores, found = gather(lab, table1.cells(lab)), []
    for other, known in (("prid", "+29.3"), ("ilids", "+13.1")):
        low: list[Weighed] = [(1, (other, BASELINE, X), None), (-1, ("aerial", BASELINE, X), None)]
        found.append(finding(f"baseline + XQDA: {other} over aerial", scores, low, 1, known))
    for other, known in (("prid", "+3.9"), ("ilids", "−9.9")):
        gain: list[Weighed] = [
            (1, ("aerial", OURS, X), ("aerial", BASELINE, X)),
            (-1, (other, OURS, X), (other, BASELINE, X)),
        ]
        found.append(finding(f"gain of fine-tuning: aerial over {other}", scores, gain, 1, known))
    if all(_near_chance(scores, (d, BASELINE, X)) for d in ("prid", "ilids", "aerial")):
        return [replace(f, verdict=f.verdict and "can't be told", why=FLOOR) for f in found]
    return found


def _near_chance(scores: Scores, side: Side) -> bool:
    """Tell whether the interval of a rank-1 reaches down to `NEAR` above chance, which is one in the gallery."""
    interval = finding("", scores, [(1, side, None)]).interval
    gallery = next((r.n_gallery for r in scores.records if (r.domain, r.method, r.metric) == side), 1)
    return interval is not None and interval.low < 1 / gallery + NEAR


def unseen_set(lab: Lab) -> list[Finding]:
    """Claim 6: trained on MARS over unseen; XQDA over Euclid there; above the baseline there."""
    scores = gather(lab, table2.cells(lab))
    return [
        finding(
            "trained on MARS over unseen, Euclid", scores, [(1, ("mars", SECOND, E), ("mars", CROSS, E))], 1, "+33.76"
        ),
        finding(
            "trained on MARS over unseen, XQDA", scores, [(1, ("mars", SECOND, X), ("mars", CROSS, X))], 1, "+36.47"
        ),
        finding("unseen: XQDA over Euclid", scores, [(1, ("mars", CROSS, X), ("mars", CROSS, E))], 1, "+10.8"),
        finding(
            "unseen: ours over baseline, XQDA",
            scores,
            [(1, ("mars", CROSS, X), ("mars", CROSS_BASELINE, X))],
            1,
            "+3.4",
        ),
    ]


def trained_on_mars(lab: Lab) -> list[Finding]:
    """Claim 7: on MARS, the second model with XQDA over Euclid and over IDE."""
    scores = gather(lab, table2.cells(lab))
    ours = ("mars", SECOND, X)
    return [
        finding("second model: XQDA over Euclid", scores, [(1, ours, ("mars", SECOND, E))], 1, "+13.51"),
        finding("second model + XQDA over IDE + XQDA", scores, [(1, ours, ("mars", "ide", X))], 1, "+6.87"),
    ]


def more_people(lab: Lab) -> list[Finding]:
    """Claim 8: more training people over fewer."""
    scores = gather(lab, ablations.trials(lab))
    steps = ["10 % of the people", "25 % of the people", "50 % of the people", ablations.AS_IT_IS]
    return [
        _mean_of_sets(
            lab, f"{more if more != ablations.AS_IT_IS else 'all people'} over {less}, mean of sets", scores, more, less
        )
        for less, more in pairwise(steps)
    ]


def shorter_sequences(lab: Lab) -> list[Finding]:
    """Claim 9: each length over the next shorter one, Euclid."""
    scores, lengths = gather(lab, table3.cells(lab)), table3.LENGTHS
    published = {8: "+13.86", 16: "+18.85", 32: "+4.09"}
    return [
        finding(
            f"{long} frames over {short}",
            scores,
            [(1, ("ilids", table3.name_of(long), E), ("ilids", table3.name_of(short), E))],
            1,
            published[long],
        )
        for short, long in pairwise(lengths)
    ]


def walk_pattern(lab: Lab) -> list[Finding]:
    """Claim 10: all found in similar clothes and on other days; twins in order over shuffled and frozen.

    By the network that was trained on two days.
    """
    scores, found = gather(lab, temporal.cells(lab)), []
    for control in ("shuffled", "frozen"):
        sides = [("aerial/twins", temporal.name_of("two days", view), E) for view in ("in order", control)]
        found.append(finding(f"twins, gait ×1: in order over {control}", scores, [(1, sides[0], sides[1])]))
    for test, words in (("aerial/clothes", "similar clothes"), ("aerial/days", "other day")):
        side = (test, temporal.name_of("two days", "in order"), E)
        people = next((r.n_gallery for r in scores.records if (r.domain, r.method) == side[:2]), None)
        chance = min(1.0, 10 / people) if people else 0.0
        what, published = f"{words}: within the first ten, all of them; less chance", "100 less chance"
        found.append(finding(what, scores, [(1, side, None)], 10, published, less=chance, claimed=1 - chance))
    return found


def robust_to_noise(lab: Lab) -> list[Finding]:
    """Claim 11: 3-D over 2-D of the same network, and ours over each compared method: under noise, and by the loss."""
    cells = figure5.noise(lab)
    points, here = points_of(lab, cells), lab.data.here(TRAINED_ON)
    pairs = [("the same C3D, kernel 3 over kernel 1", (figure5.DEEP, E), (figure5.FLAT, E), "")]
    gaps = {"astpn": "+4.70", "ide": "+9.95", "rcn": "+16.95"}
    pairs += [
        (f"ours over {name} + {METRIC_WORDS[paper_metric(name)]}", (OURS, E), (name, paper_metric(name)), gap)
        for name, gap in gaps.items()
    ]
    words = {False: "rank-1 under noise", True: "how much less noise takes"}
    return [
        noise_finding(f"{what}, {words[lost]}", points, here, a, b, "" if lost else published, lost)
        for what, a, b, published in pairs
        for lost in words
    ]


def first_layers_learn_motion(lab: Lab) -> list[Finding]:
    """Claim 12: conv1's share of change over time, after training over before; and moving over frozen frames."""
    rows = {row.name: row for row in ablations.ablations()}
    share = "conv1's share of change"
    words = (
        f"{share}: fine-tuned over the network that it began from",
        f"{share}, from nothing: trained over the random weights that it began from",
        f"{share}, from nothing: trained on moving over frozen frames",
    )
    if _stills(lab):
        return [Finding(what, None, None, absent=STILL) for what in words]
    seeds = range(lab.settings.seeds)
    models = [first_model(lab, split) for split in range(lab.settings.splits)]
    if lab.settings.tuned:  # model 1 is not trained here
        models = [rows[ablations.AS_IT_IS].training(lab, seed) for seed in seeds]
    tuned = [lab.result(model) for model in models]
    moving, frozen = (
        [lab.result(rows[name].training(lab, seed)) for seed in seeds]
        for name in (ablations.SCRATCHED, ablations.FROZEN)
    )
    found = (
        [t["conv1_change"] - t["conv1_change_before"] for t in tuned if t],
        [t["conv1_change"] - t["conv1_change_before"] for t in moving if t],
        [a["conv1_change"] - b["conv1_change"] for a, b in zip(moving, frozen, strict=True) if a and b],
    )
    return [over_seeds(what, values) for what, values in zip(words, found, strict=True)]


def _stills(lab: Lab) -> bool:
    """Tell whether all who are trained on are seen in one frame alone."""
    lengths = [len(t) for d in lab.data.here(TRAINED_ON) for t in lab.split(d, 0).train]
    return bool(lengths) and max(lengths) == 1


def kernels_and_pairs(lab: Lab) -> list[Finding]:
    """Claim 13: kernels of three frames over one, pairs over single convolutions, all from nothing."""
    scores = gather(lab, ablations.trials(lab))
    found = [
        _mean_of_sets(lab, f"{what}, mean of sets", scores, ablations.SCRATCHED, f"{other}, from nothing")
        for what, other in (
            ("temporal kernel 3 over 1", "temporal kernel 1"),
            ("pairs over single convolutions", "single convolutions"),
        )
    ]
    return [Finding(f.what, None, None, absent=STILL) for f in found] if _stills(lab) else found


def _four_sets(lab: Lab) -> Scores:
    return gather(lab, [*table1.cells(lab), *table2.cells(lab)])


def _average(
    what: str, scores: Scores, first: Parts, second: Parts, published: str = "", claimed: float = 0.0
) -> Finding:
    parts = [(1 / len(NAMES), (d, *a), (d, *b)) for d, a, b in zip(NAMES, first, second, strict=True)]
    return finding(what, scores, parts, 1, published, claimed=claimed)


def _mean_of_sets(lab: Lab, what: str, scores: Scores, first: str, second: str) -> Finding:
    here = lab.data.here(TRAINED_ON)
    return finding(what, scores, [(1 / len(here), (d, first, E), (d, second, E)) for d in here])
