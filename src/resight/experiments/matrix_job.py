"""The matrix of a recipe's domains: trained on each alone and on all together, tested on each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from resight.errors import RecipeError
from resight.experiments.cross_domain import Trained, as_matrix, cross_domain, extract_trained, method_on
from resight.experiments.leaks import refuse_leak
from resight.experiments.main_job import TUNED
from resight.experiments.scoring import Scores, label
from resight.experiments.sources import Opened, leaks_of, open_sources, training_people
from resight.models import load_model
from resight.plots import save_figure
from resight.plots.matrix import matrix_figure
from resight.report import Results, TrainingRun
from resight.report.html import write_report
from resight.training.callbacks import extractor_for
from resight.training.recipe import Recipe
from resight.training.run import commit, known_after, train, versions

FIGURES = {"rank1": "rank-1", "map": "mAP"}


def matrix_job(
    recipe: Recipe,
    folder: Path,
    data: Path | None = None,
    seeds: int = 1,
    console: Console | None = None,
    command: str = "",
) -> Results:
    """Train the recipe on each of its domains and on all of them together, and test each network on every domain.

    A metric learns from the people that its network was trained on, never from those of an unseen domain.

    Parameters
    ----------
    recipe : Recipe
        With two or more sources that are trained on; those that are tested alone are columns too.
    folder : Path
        Gets ``seed-N/DOMAINS`` for every training, the results, the report, and ``matrix-FIGURE-METRIC`` as SVG and
        PNG; what was finished there is not done again.
    data, seeds, console, command
        As of `resight.experiments.main_job.run`.

    Returns
    -------
    Results
        Methods are named by what they were trained on; see `resight.experiments.cross_domain.as_matrix`.

    Raises
    ------
    RecipeError
        Where fewer than two domains are trained on or none is tested, or test people are among those of a training
        or of its weights.
    """
    names = [source.name for source in recipe.data if source.train]
    if len(names) < 2:
        raise RecipeError(f"a matrix needs two or more domains to train on, and recipe {recipe.name} has {len(names)}")
    if recipe.metrics.by_camera:
        raise RecipeError("metrics.by_camera: a matrix tests networks on cameras that they were not trained on")
    if seeds < 1 or not any(source.test for source in recipe.data):
        raise RecipeError("a matrix needs at least one seed and one domain to test on")
    begun_at, scores, courses = commit(), Scores(), list[TrainingRun]()
    for seed in range(recipe.seed, recipe.seed + seeds):
        opened = open_sources(recipe, data, seed)
        rows = []
        for union in _unions(opened):
            name, own = _name(union), folder / f"seed-{seed}" / _name(union)
            sources = tuple(part.source for part in union)
            rows.append(_row(recipe.model_copy(update={"seed": seed, "data": sources}), union, opened, own, console))
            courses.append(TrainingRun.from_csv(f"{name}, seed {seed}", own / "metrics.csv"))
        tests = {part.source.name: part.split for part in opened if part.source.test}
        drawn = frozenset(part.source.name for part in opened if part.synthetic)
        scores.extend(cross_domain(rows, tests, recipe.metrics.names, seed, drawn, recipe.metrics.xqda))
    rows_named, columns = [_name(union) for union in _unions(opened)], list(tests)
    results = Results(
        title=f"{recipe.name}, every domain on every other",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        recipe=recipe.model_dump(mode="json"),
        versions=versions(),
        commit=begun_at,
        records=scores.records,
        pooled=scores.pooled(),
        training=courses,
        notes=list(dict.fromkeys(f"{o.source.name}: {remark}" for o in opened for remark in o.dataset.remarks)),
    )
    for metric in recipe.metrics.names:
        together = label(method_on(TUNED, rows_named[-1]), metric)
        for domain in (name for name in rows_named[:-1] if name in columns):
            results.comparisons.extend(scores.compare(domain, together, label(method_on(TUNED, domain), metric)))
        for figure, words in FIGURES.items():
            values = as_matrix(results.records, [method_on(TUNED, r) for r in rows_named], columns, metric, figure)
            picture = matrix_figure(rows_named, columns, 100 * values, f"{words} in %, {metric}", top=100)
            save_figure(picture, folder / f"matrix-{figure}-{metric}")
    write_report(results, folder)
    return results


def _unions(opened: Sequence[Opened]) -> list[tuple[Opened, ...]]:
    """Return each domain that is trained on, alone, and all of them together last."""
    known = tuple(part for part in opened if part.source.train)
    return [*((part,) for part in known), known]


def _name(union: Sequence[Opened]) -> str:
    return "+".join(part.source.name for part in union)


def _row(
    recipe: Recipe, union: Sequence[Opened], opened: Sequence[Opened], folder: Path, console: Console | None
) -> Trained:
    """Train on some domains and extract all that the matrix needs; the recipe names those domains alone."""
    people, tested = training_people(list(union)), [part for part in opened if part.source.test]
    leaks = leaks_of(union)
    known = known_after(recipe, people, leaks)
    for part in tested:
        refuse_leak(part.dataset, part.split, part.source.options, known, f"the network of {_name(union)}")
    if console is not None:
        console.print(f"seed {recipe.seed}, {_name(union)}: {people.describe()} to train on", highlight=False)
    network = load_model(train(recipe, people, folder, leaks, console)).network
    splits = {part.source.name: part.split for part in tested}
    return extract_trained(_name(union), extractor_for(recipe, network, TUNED), people, splits, folder / "features")
