"""The main job: train on several domains together, extract, match with every metric, report (METHODS §1.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from resight.errors import RecipeError
from resight.experiments.by_camera import NOTE, refuse_unseen_cameras, score_by_camera, with_cameras
from resight.experiments.leaks import refuse_leak
from resight.experiments.ranked_lists import choose_rankings
from resight.experiments.scoring import Entry, Scores, SplitFeatures, fit_metric, label, score
from resight.experiments.sources import Opened, leaks_of, open_sources, training_parts
from resight.features.camera_norm import by_camera
from resight.features.colour import ColourExtractor
from resight.features.extract import Extractor, extract_features
from resight.methods.opening import open_method
from resight.models import C3D, load_model
from resight.report import Results, TrainingRun
from resight.report.html import write_report
from resight.report.ranking import Ranking
from resight.tracklets import TrackletSet
from resight.training.callbacks import extractor_for
from resight.training.recipe import Recipe
from resight.training.run import commit, known_after, train, untouched_network, versions

TUNED, UNTOUCHED, LAST_LAYER = "C3D fine-tuned", "C3D untouched", "C3D fine-tuned, last layer"


@dataclass
class Found:
    """What the seeds of a run have found so far."""

    scores: Scores = field(default_factory=Scores)
    training: list[TrainingRun] = field(default_factory=list)
    rankings: list[Ranking] = field(default_factory=list)
    filters: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def run(
    recipe: Recipe,
    folder: Path,
    data: Path | None = None,
    seeds: int = 1,
    console: Console | None = None,
    command: str = "",
) -> Results:
    """Run a recipe whole and write `results.json` and `report.html`.

    Parameters
    ----------
    recipe : Recipe
    folder : Path
        Gets one sub-folder a seed, the results and the report; what was finished there is not done again.
    data : Path or None
        Where the data sets lie (see `open_sources`).
    seeds : int
        Repeats, each with its own split (where the data set has no fixed one), network and batches.
    console : Console or None
        Told what is going on.
    command : str
        What the user typed, for the report.

    Returns
    -------
    Results

    Raises
    ------
    RecipeError
        Where test people are among those of the training, or of the weights that it begins from; or where features are
        to be standardised by camera and a set is tested without being trained on.
    """
    if seeds < 1:
        raise RecipeError("a run needs at least one seed")
    begun_at = commit()  # the checkout may move on while a long run goes
    found = Found(notes=[NOTE] if recipe.metrics.by_camera else [])
    for seed in range(recipe.seed, recipe.seed + seeds):
        _run_seed(recipe.model_copy(update={"seed": seed}), folder / f"seed-{seed}", data, console, found)
    results = Results(
        title=recipe.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        recipe=recipe.model_dump(mode="json"),
        versions=versions(),
        commit=begun_at,
        records=found.scores.records,
        pooled=found.scores.pooled(),
        training=found.training,
        notes=list(dict.fromkeys(found.notes)),
    )
    for domain in dict.fromkeys(r.domain for r in results.records):
        for better, worse in _questions(recipe):
            results.comparisons.extend(found.scores.compare(domain, better, worse))
    write_report(results, folder, rankings=found.rankings, conv1=found.filters)
    return results


def _run_seed(recipe: Recipe, folder: Path, data: Path | None, console: Console | None, found: Found) -> None:
    opened = open_sources(recipe, data, recipe.seed)
    learned = training_parts(opened)
    people = sum(learned, TrackletSet())
    _say(console, f"seed {recipe.seed}: {people.describe()} to train on")
    leaks = leaks_of(opened)
    known = known_after(recipe, people, leaks)
    for part in (p for p in opened if p.source.test):
        refuse_leak(part.dataset, part.split, part.source.options, known, "the network of this recipe")
        if recipe.metrics.by_camera:
            if not part.source.train:
                raise RecipeError(
                    f"metrics.by_camera: {part.source.name} is tested alone, and no training person shows"
                    " what its cameras do; leave it out or train on it"
                )
            refuse_unseen_cameras(part.split)
    others = [open_method(spec) for spec in recipe.metrics.methods]
    best = train(recipe, people, folder, leaks, console)
    found.training.append(TrainingRun.from_csv(f"seed {recipe.seed}", folder / "metrics.csv"))
    network = load_model(best).network
    start = None
    if recipe.metrics.untrained:
        start, words = untouched_network(recipe, len(people.identities))
        found.notes.append(f"{UNTOUCHED}: {words}.")
    methods = [*_methods(recipe, network, start), *others]
    first = not found.filters
    found.filters.setdefault(TUNED, network.get_parameter("conv1a.weight").detach().float().cpu().numpy())
    for part in opened:
        found.notes.extend(f"{part.source.name}: {remark}" for remark in part.dataset.remarks)
        if not part.source.test:
            continue
        part.split.save(folder / "splits" / f"{part.source.name}.json")
        for method in methods:
            _say(console, f"{part.source.name}: features of {method.name}")
            features = _features(method, part, learned, folder / "features")
            if recipe.metrics.by_camera:
                aware = _features(by_camera(method, features.train_set), part, learned, folder / "features")
            weights = str(method.key().get("weights", ""))[:12]
            for name in recipe.metrics.names:
                metric = fit_metric(name, features.train, features.train_set, recipe.metrics.xqda)
                entry = Entry(part.source.name, part.split, method.name, weights, name, recipe.seed, part.synthetic)
                record, evaluation = score(entry, metric, features)
                found.scores.add(record, evaluation)
                if method.name == TUNED and name == "xqda":
                    metric.save(folder / f"xqda-{part.source.name}.safetensors")
                if method.name == TUNED and name == recipe.metrics.names[-1] and first:
                    found.rankings.extend(choose_rankings(part.split, metric, features, evaluation, entry))
                if recipe.metrics.by_camera:
                    found.scores.add(*score_by_camera(entry, aware, recipe.metrics.xqda))


def _questions(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Pairs of methods to compare: the first is asked to be better."""
    first = recipe.metrics.names[0]
    yield label(TUNED, first), label(UNTOUCHED, first)
    yield label(TUNED, first), label("colour", first)
    for metric in recipe.metrics.names if recipe.metrics.by_camera else ():
        yield label(TUNED, with_cameras(metric)), label(TUNED, metric)
        yield label(TUNED, with_cameras(metric)), label("colour", with_cameras(metric))
    for metric in recipe.metrics.names[1:]:
        yield label(TUNED, metric), label(TUNED, first)
        yield label(TUNED, metric), label("colour", metric)
        yield label(TUNED, metric), label(LAST_LAYER, metric)


def _methods(recipe: Recipe, network: C3D, start: C3D | None) -> Iterator[Extractor]:
    yield extractor_for(recipe, network, TUNED)
    if recipe.features.stages:
        last_layer = recipe.model_copy(update={"features": recipe.features.model_copy(update={"stages": ()})})
        yield extractor_for(last_layer, network, LAST_LAYER)
    if start is not None:
        yield extractor_for(recipe, start.eval(), UNTOUCHED)
    if recipe.metrics.colour:
        yield ColourExtractor()


def _features(method: Extractor, part: Opened, learned: list[TrackletSet], store: Path) -> SplitFeatures:
    """Extract a split's parts; for a domain that was not trained on, metrics learn from the people that were.

    Those are extracted domain by domain, so that the store has them already where their own domain came before.
    """
    known = [part.split.train.filter(lambda t: t.person > 0)] if part.source.train else [p for p in learned if len(p)]
    rows = np.concatenate([extract_features(method, each, store) for each in known])
    query, gallery = (extract_features(method, each, store) for each in (part.split.query, part.split.gallery))
    return SplitFeatures(rows, query, gallery, sum(known, TrackletSet()))


def _say(console: Console | None, text: str) -> None:
    if console is not None:
        console.print(text, highlight=False)
