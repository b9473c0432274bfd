"""Several methods on the same splits: trained, matched, tested against each other in pairs, with what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

from rich.console import Console

from resight.datasets import open_dataset
from resight.errors import RecipeError
from resight.experiments.by_camera import refuse_unseen_cameras
from resight.experiments.cost import measure_cost
from resight.experiments.evaluation_job import (
    Wanted,
    evaluate_split,
    refuse_unknown,
    row_notes,
    train_method,
    training_folder,
)
from resight.experiments.leaks import knowledge, refuse_leak
from resight.experiments.loss_curve import loss_curve, undertrained
from resight.experiments.own_matching import OWN, without_matching
from resight.experiments.scoring import Scores, label
from resight.features.clips import ClipExtractor
from resight.features.extract import Extractor
from resight.methods import METHODS, Matcher
from resight.methods.opening import choose_method
from resight.methods.registry import method_class, open_trainable
from resight.models import shipped_models
from resight.report import Cost, Results, TrainingRun
from resight.report.html import write_report
from resight.report.ranking import Ranking
from resight.training.run import commit, versions


def compare_job(
    methods: Sequence[str], wanted: Wanted, out: Path, console: Console | None = None, command: str = ""
) -> Results:
    """Compare methods and write `results.json` and the report.

    Parameters
    ----------
    methods : sequence of str
        Names as `--method` takes them, of shipped networks, or folders of runs. Those that learn are trained on each
        split.
    wanted : Wanted
        Data set, splits, metrics, further rows, and as settings ``METHOD.KEY`` of the methods that learn; what else it
        says of a method is not used.
    out : Path
        Keeps the trainings and features, so that a stopped comparison goes on.
    console : Console or None
    command : str
        What the user typed, for the report.

    Returns
    -------
    Results
        With every pair of methods compared under each metric, and each method's own matching where both have one.

    Raises
    ------
    RecipeError
        Where fewer than two different methods are given, a method, setting or metric is wrong, or two methods go by one
        name.
    """
    if len(set(methods)) < 2 or wanted.dataset is None:
        raise RecipeError("a comparison needs a --dataset and two different methods or more")
    refuse_unknown(wanted.metrics)
    specs = {spec: _chosen(spec, wanted) for spec in methods}
    _refuse_before_training(specs, wanted)
    dataset = open_dataset(wanted.dataset, wanted.data, **wanted.options)
    scores, rankings, costs, curves = Scores(), list[Ranking](), list[Cost](), list[TrainingRun]()
    names: dict[str, None] = {}
    for split_name in dataset.split_names if wanted.split == "all" else [wanted.split]:
        split = dataset.split(split_name)
        if wanted.by_camera:
            refuse_unseen_cameras(split)
        for spec, chosen in specs.items():
            extractor: Extractor
            if chosen.method in METHODS:
                extractor = train_method(chosen, dataset, split, out, console)
            else:
                extractor = _open(spec, specs)
                refuse_leak(dataset, split, wanted.options, knowledge(extractor, chosen.run), spec)
            names.setdefault(extractor.name)
            if console is not None:
                console.print(f"{wanted.dataset}, split {split.name}: {extractor.name}", highlight=False)
            first = len(costs) < len(specs)
            rankings.extend(evaluate_split(chosen, dataset, split, extractor, scores, out, first, console))
            if first:
                folder = training_folder(chosen, split, out) if chosen.method in METHODS else None
                costs.append(measure_cost(extractor, split.gallery, folder))
                if folder is not None and (folder / "metrics.csv").is_file():
                    curves.append(TrainingRun.from_csv(extractor.name, folder / "metrics.csv"))
                    if undertrained(loss_curve(folder / "metrics.csv")):
                        scores.notes.append(f"{extractor.name} is undertrained: its loss was still falling at the end.")
    results = Results(
        title=f"{len(specs)} methods on {wanted.dataset}",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        recipe={"methods": list(specs), "metrics": list(wanted.metrics), "split": wanted.split}
        | {"options": wanted.options, "settings": wanted.settings},
        versions=versions(),
        commit=commit(),
        records=scores.records,
        pooled=scores.pooled(),
        notes=[*row_notes(wanted), *dataset.notes, *scores.notes],
        training=curves,
        costs=costs,
    )
    domain = scores.records[0].domain
    for metric in dict.fromkeys(record.metric for record in scores.records):
        for a, b in combinations(names, 2):
            results.comparisons.extend(scores.compare(domain, label(a, metric), label(b, metric)))
    write_report(results, out, rankings=rankings)
    return results


def _chosen(spec: str, wanted: Wanted) -> Wanted:
    """Set one method: a run's folder where there is one of that name, a shipped network, else a method's name."""
    own = {key.partition(".")[2]: value for key, value in wanted.settings.items() if key.partition(".")[0] == spec}
    if spec in shipped_models():
        return replace(wanted, model=spec, settings={})
    run = Path(spec) if Path(spec).is_dir() and spec not in METHODS else None
    return replace(wanted, run=run, method=None if run else spec, settings=own)


def _open(spec: str, specs: Mapping[str, Wanted]) -> Extractor:
    """Open a method that is not trained here; where several runs are compared, each network bears its folder's name."""
    extractor = choose_method(specs[spec].run, specs[spec].model, specs[spec].method)
    run = specs[spec].run
    if run is not None and isinstance(extractor, ClipExtractor) and sum(c.run is not None for c in specs.values()) > 1:
        extractor.name = f"C3D {run.resolve().name}"
    return extractor


def _refuse_before_training(specs: Mapping[str, Wanted], wanted: Wanted) -> None:
    """Raise `RecipeError` for what would be found only after the methods before it were trained."""
    learned = [spec for spec, chosen in specs.items() if chosen.method in METHODS]
    for key in wanted.settings:
        name, _, setting = key.partition(".")
        if name not in learned or not setting:
            whose = f"METHOD one of {', '.join(learned)}" if learned else "and none of these methods learns"
            raise RecipeError(f"{key}: a setting reads METHOD.KEY, {whose}")
    names: dict[str, str] = {}
    for spec, chosen in specs.items():
        if spec in learned:
            method = open_trainable(spec, chosen.published, **chosen.settings)
            method.known()
            name = method.name
            own = method_class(spec).matches_by == OWN
        else:
            extractor = _open(spec, specs)
            name, own = extractor.name, isinstance(extractor, Matcher)
        if names.setdefault(name, spec) != spec:
            raise RecipeError(f"{names[name]} and {spec} both go by the name {name}")
        if OWN in wanted.metrics and not own:
            raise without_matching(spec)
