"""Three recipe trials for every method, ours included, on validation people: the default and two values beside it.

30 people of each of the PRID-, iLIDS- and aerial-like domains are learned on and 30 others ranked, in a world of
another seed than that of any table. Networks try their learning rate, the others what their papers choose by
validation, by the short schedules of ``settings.yaml``. A value would take the default's place where its mAP over the
90 is above the default's by more than the paired interval.
Run: ``python benchmarks/recipe_trials.py WORK [METHOD ...]``; about two hours of one core. What is done stands in
``results/trials/trials.json`` and is not measured again; the page beside it is written from that.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from resight.datasets.base import rank_across_cameras
from resight.evaluation import Evaluation, evaluate, paired_interval
from resight.experiments.paper.settings import load_settings
from resight.features.extract import Extractor, extract_features
from resight.features.lomo import LomoExtractor
from resight.files import write_text
from resight.methods import Matcher, open_trainable
from resight.methods.registry import method_class
from resight.metrics import METRICS
from resight.synthetic import synthesize
from resight.synthetic.cache import cache_on_disk
from resight.tracklets import TrackletSet
from resight.training.recipe import load_recipe

DOMAINS, SEED, LEARN, CHOOSE = ("prid", "ilids", "aerial"), 90, 30, 30
OUT = Path(__file__).parents[1] / "results" / "trials"
TRIALS: dict[str, tuple[str, list[float]]] = {
    "c3d": ("training.optimiser.lr", [2e-3, 7e-4, 6e-3]),
    "rcn": ("lr", [1e-3, 3e-4, 3e-3]),
    "astpn": ("lr", [1e-3, 3e-4, 3e-3]),
    "two-stream": ("lr", [1e-3, 3e-4, 3e-3]),
    "ide": ("lr", [0.02, 0.007, 0.06]),
    "frame-mean": ("lr", [0.02, 0.007, 0.06]),
    "frame-attention": ("lr", [0.02, 0.007, 0.06]),
    "rfa": ("lr", [0.05, 0.017, 0.15]),
    "sta": ("metric_regularization", [0.1, 0.03, 0.3]),
    "si2dl": ("balance", [1.0, 0.1, 10.0]),
    "tdl": ("alpha", [0.5, 0.3, 0.7]),
    "lomo": ("xqda.regularization", [1e-3, 1e-4, 1e-2]),
}
"""What is tried of each method, the default first."""
C3D_STEPS = 300
ABOUT = f"""
Synthetic people of world seed {SEED}, in no other table: {LEARN} of each of {", ".join(DOMAINS)} are learned on
together, {CHOOSE} others of each ranked, one query a person; by the metric of the method's paper, Euclid where it has
none, XQDA for LOMO; one run each, method seed 0, the short schedules of `reproduce --quick` ({C3D_STEPS} steps for
`c3d`). mAP and rank-1 in percent over the {len(DOMAINS) * CHOOSE} queries; in brackets the 95 % interval of the paired
difference over people. The first value of each method is its default.
"""


def people(domain: str) -> tuple[TrackletSet, TrackletSet, TrackletSet]:
    """Film a domain's people: those learned on, queries and gallery."""
    filmed = synthesize(domain, LEARN + CHOOSE, seed=SEED, frames=(24, 40))
    others = rank_across_cameras(filmed.filter(lambda t: t.person > LEARN))
    return filmed.filter(lambda t: t.person <= LEARN), *others


def make(name: str, value: float, learn: TrackletSet, work: Path) -> Extractor:
    """Train a method with a value of its setting, or load what was trained."""
    if name == "lomo":
        return LomoExtractor()
    folder = work / f"{name}-{value:g}"
    if name == "c3d":
        recipe = work / f"{name}-{value:g}.yaml"
        write_text(recipe, load_recipe("reproduce", training__optimiser__lr=value).to_yaml())
        return open_trainable(name, recipe=str(recipe), iterations=C3D_STEPS).train(learn, folder)
    short = load_settings(quick=True).methods.get(name, {})
    return open_trainable(name, **short | {TRIALS[name][0]: value}).train(learn, folder)


def rank(name: str, value: float, extractor: Extractor, sides: tuple[TrackletSet, ...], work: Path) -> Evaluation:
    """Rank by the metric of the method's paper: own matching, XQDA or Euclid."""
    learn, query, gallery = sides
    if isinstance(extractor, Matcher):
        distances = extractor.distance(query, gallery)
    else:
        by = "xqda" if name == "lomo" else method_class(name).matches_by
        rows = [extract_features(extractor, side, work / "features") for side in sides]
        options = {"regularization": value} if name == "lomo" else {}
        metric = METRICS[by](**options).fit(rows[0], learn.labels(), cameras=learn.views())
        distances = metric.distance(rows[1], rows[2])
    return evaluate(distances, query.persons, gallery.persons, query.cameras, gallery.cameras)


def trial(name: str, value: float, work: Path) -> dict[str, Any]:
    """Return each domain's average precisions and first ranks, query by query."""
    sides = {domain: people(domain) for domain in DOMAINS}
    learn = TrackletSet()
    for domain in DOMAINS:
        learn = learn + sides[domain][0]
    extractor = make(name, value, learn, work)
    ranked = {domain: rank(name, value, extractor, sides[domain], work) for domain in DOMAINS}
    return {
        domain: {
            "people": e.query_ids.tolist(),
            "ap": np.round(e.average_precision, 6).tolist(),
            "first": e.first_rank.tolist(),
        }
        for domain, e in ranked.items()
    }


def page(found: dict[str, dict[str, Any]]) -> str:
    """Write the table: mAP and rank-1 over the three domains, and the difference from the default."""
    lines = [
        "# Recipe trials",
        "",
        " ".join(ABOUT.split()),
        "",
        "| method | setting | value | mAP | rank-1 | mAP − the default's |",
        "|---|---|---|---|---|---|",
    ]
    for name, (setting, values) in TRIALS.items():
        for value in values:
            cell, default = (found.get(f"{name} {v:g}") for v in (value, values[0]))
            if cell is None or default is None:
                lines.append(f"| `{name}` | `{setting}` | {value:g} | missing | | |")
                continue
            ap, rank1 = (np.concatenate([np.asarray(cell[d][key]) for d in DOMAINS]) for key in ("ap", "first"))
            row = f"| `{name}` | `{setting}` | {value:g} | {100 * ap.mean():.1f} | {100 * (rank1 == 1).mean():.1f} |"
            if value == values[0]:
                lines.append(f"{row} default |")
                continue
            who = [default[d]["people"] for d in DOMAINS]
            gap = paired_interval(who, *([part[d]["ap"] for d in DOMAINS] for part in (cell, default)))
            lines.append(f"{row} {100 * gap.mean:+.1f} ({100 * gap.low:.1f} to {100 * gap.high:.1f}) |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    torch.set_num_threads(1)
    where = Path(sys.argv[1])
    where.mkdir(parents=True, exist_ok=True)
    cache_on_disk(where / "world")
    store = OUT / "trials.json"
    done: dict[str, dict[str, Any]] = json.loads(store.read_text(encoding="utf-8")) if store.is_file() else {}
    for method in sys.argv[2:] or TRIALS:
        for number in TRIALS[method][1]:
            if f"{method} {number:g}" not in done:
                done[f"{method} {number:g}"] = trial(method, number, where)
                write_text(store, json.dumps(done, separators=(",", ":")))
                write_text(OUT / "page.md", page(done))
                print(f"{method}, {TRIALS[method][0]} {number:g}: done", flush=True)
