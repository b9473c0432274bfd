"""Evaluate features that are there, or that a trained network, a model or a method gives, on a data set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from resight.datasets import Dataset, Split, open_dataset
from resight.datasets.base import by_person_and_camera, random_halves
from resight.datasets.seen import populations
from resight.errors import DataError, RecipeError
from resight.experiments.by_camera import NOTE as BY_CAMERA_NOTE
from resight.experiments.by_camera import refuse_unseen_cameras, score_by_camera, with_cameras
from resight.experiments.leaks import knowledge, refuse_leak
from resight.experiments.open_set_note import open_set_note
from resight.experiments.own_matching import OWN, as_matcher, own_matching
from resight.experiments.ranked_lists import choose_rankings
from resight.experiments.reranking import NOTE, score_reranked, with_reranking
from resight.experiments.run_folder import open_run
from resight.experiments.scoring import NO_FEATURES, Entry, Scores, SplitFeatures, fit_metric, label, score
from resight.features.camera_norm import by_camera
from resight.features.extract import Extractor, Matrix, extract_features
from resight.frames import ArrayFrames
from resight.methods import METHODS, Matcher, open_trainable
from resight.methods.opening import choose_method
from resight.metrics import METRICS, UNTRAINED, XQDA
from resight.progress import Progress
from resight.report import Results
from resight.report.html import write_report
from resight.report.ranking import Ranking
from resight.tracklets import Tracklet, TrackletSet
from resight.training.run import commit, versions


@dataclass(frozen=True)
class Wanted:
    """What is to be evaluated: a data set with a run, model or method, or a file of features.

    `settings` and `published` are for a method that learns, which is trained on each split's training people first.
    `own` adds a row of the method's own matching where it has one, which may take longer than all else; `rerank` and
    `by_camera` add rows of their own for every metric. Without `split` a run is tested on the split that
    it was trained on, anything else on the data set's first.
    """

    dataset: str | None
    data: Path | None
    run: Path | None
    model: str | None
    method: str | None
    features: Path | None
    split: str | None
    metrics: tuple[str, ...]
    options: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)
    published: bool = False
    rerank: bool = False
    by_camera: bool = False
    own: bool = False


def evaluate_job(wanted: Wanted, out: Path, console: Console | None = None, command: str = "") -> Results:
    """Evaluate and write `results.json`, the report and the splits, so that others can run the same again.

    Raises
    ------
    RecipeError
        Where the choice contradicts itself, or something is to be tested on people that it was trained on.
    """
    refuse_unknown(wanted.metrics)
    learns = wanted.method in METHODS
    if (wanted.settings or wanted.published) and not learns:
        raise RecipeError(f"settings are for a method that learns; there are {', '.join(METHODS)}")
    scores, rankings = Scores(), list[Ranking]()
    if wanted.features is not None:
        if wanted.dataset or wanted.run or wanted.model or wanted.method:
            raise RecipeError("--features stands alone: no --dataset, --run, --model or --method beside it")
        _from_file(wanted, scores)
        title = f"features of {wanted.features.name}"
    else:
        if wanted.dataset is None:
            raise RecipeError("give --dataset and one of --run, --model and --method, or --features")
        dataset = open_dataset(wanted.dataset, wanted.data, **wanted.options)
        if not learns:
            extractor = choose_method(wanted.run, wanted.model, wanted.method)
        for name in dataset.split_names if wanted.split == "all" else [wanted.split or _own_split(wanted, dataset)]:
            split = dataset.split(name)
            if wanted.by_camera:
                refuse_unseen_cameras(split)
            if learns:
                extractor = train_method(wanted, dataset, split, out, console)
            else:
                refuse_leak(dataset, split, wanted.options, knowledge(extractor, wanted.run), extractor.name)
            shown = not rankings
            rankings.extend(evaluate_split(wanted, dataset, split, extractor, scores, out, shown, console))
        scores.notes += dataset.notes
        title = f"{extractor.name} on {wanted.dataset}"
    results = Results(
        title=title,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command,
        recipe={"metrics": list(wanted.metrics), "split": wanted.split, "options": wanted.options},
        versions=versions(),
        commit=commit(),
        records=scores.records,
        pooled=scores.pooled(),
        notes=[*row_notes(wanted), *scores.notes],
    )
    first = scores.records[0]
    for metric in wanted.metrics[1:]:
        pair = (label(first.method, metric), label(first.method, wanted.metrics[0]))
        results.comparisons.extend(scores.compare(first.domain, *pair))
    for metric in wanted.metrics if wanted.rerank else ():
        pair = (label(first.method, with_reranking(metric)), label(first.method, metric))
        results.comparisons.extend(scores.compare(first.domain, *pair))
    for metric in wanted.metrics if wanted.by_camera else ():
        pair = (label(first.method, with_cameras(metric)), label(first.method, metric))
        results.comparisons.extend(scores.compare(first.domain, *pair))
    write_report(results, out, rankings=rankings)
    return results


def row_notes(wanted: Wanted) -> list[str]:
    """Say what the rows are that stand beside the plain ones."""
    return [*([NOTE] if wanted.rerank else []), *([BY_CAMERA_NOTE] if wanted.by_camera else [])]


def _own_split(wanted: Wanted, dataset: Dataset) -> str | None:
    """Name the split that a run was trained on, where it knows the data set."""
    run = open_run(wanted.run) if wanted.run else None
    return run.split_name(dataset, wanted.options) if run else None


def refuse_unknown(metrics: Iterable[str]) -> None:
    """Raise `RecipeError` for the name of a metric that there is not."""
    unknown = sorted(set(metrics) - {*METRICS, OWN})
    if unknown:
        raise RecipeError(f"no metric named {unknown[0]!r}; there are {', '.join([*METRICS, OWN])}")


def train_method(
    wanted: Wanted, dataset: Dataset, split: Split, out: Path, console: Console | None = None
) -> Extractor:
    """Train a method that learns on the training people of a split, or load what was trained in `out`.

    Raises
    ------
    ResightError
        Where its own matching with the split's gallery would not fit the memory, or what it begins from knows people
        who are tested; before anything is trained.
    """
    assert wanted.method is not None and wanted.dataset is not None
    method = open_trainable(wanted.method, wanted.published, **wanted.settings)
    if not split.multiple_query:
        method.refuse_matching(split.gallery)
    refuse_leak(dataset, split, wanted.options, method.known(), wanted.method)
    leaks = (dataset.leaks,) if dataset.leaks else ()
    named = populations(dataset.name, wanted.options, split)
    return method.train(split.train, training_folder(wanted, split, out), split.seed or 0, leaks, console, named)


def training_folder(wanted: Wanted, split: Split, out: Path) -> Path:
    """Return the folder below `out` where a method is trained for a split."""
    return out / "methods" / f"{wanted.method}-{wanted.dataset}-{split.name}"


def evaluate_split(
    wanted: Wanted,
    dataset: Dataset,
    split: Split,
    extractor: Extractor,
    scores: Scores,
    out: Path,
    show: bool,
    console: Console | None = None,
) -> list[Ranking]:
    """Rank one split by every metric wanted, and by the method's own matching where that is wanted and it has one.

    Adds to `scores`, keeps the split and the features in `out`, and returns ranked lists where they are to be shown.

    Raises
    ------
    RecipeError
        Where there is nobody to learn a metric on, or the method cannot match this split by itself; nothing is
        written then.
    """
    known = split.train.filter(lambda t: t.person > 0)
    run = open_run(wanted.run) if wanted.run else None
    kept = run.xqda(dataset.name, wanted.options) if run else None
    options = run.recipe.metrics.xqda if run else {}
    if len(known) == 0:
        for name in wanted.metrics:
            if name not in (OWN, *UNTRAINED) and not (name == "xqda" and kept is not None):
                raise RecipeError(f"{dataset.name} has nobody to learn {name} on; ask for --metric euclidean")
    if OWN in wanted.metrics:
        as_matcher(extractor, split)
    split.save(out / "splits" / f"{dataset.name}-{split.name}.json")

    def describe(extractor: Extractor, part: TrackletSet) -> Matrix:
        with Progress(console, f"tracklets described by {extractor.name}", always=False) as bar:
            return extract_features(extractor, part, out / "features", lambda done: bar.tell(done, len(part)))

    query, gallery = describe(extractor, split.query), describe(extractor, split.gallery)
    rankings: list[Ranking] = []
    # own distances are between tracklets, and several queries in one can pool features alone
    matches = wanted.own and isinstance(extractor, Matcher) and not split.multiple_query
    own = (OWN,) if matches and OWN not in wanted.metrics else ()
    for name in (*own, *wanted.metrics):
        features = SplitFeatures(NO_FEATURES, query, gallery, known)
        metric: Any
        if name == OWN:
            if console is not None:
                console.print(f"matching by {extractor.name} as its paper does", highlight=False)
            metric, features = own_matching(extractor, split)
        elif name in UNTRAINED:
            metric = METRICS[name]().fit(gallery)
        elif name == "xqda" and kept is not None:
            metric = XQDA.load(kept)
        else:
            metric = fit_metric(name, describe(extractor, known), known, options)
        weights = str(extractor.key().get("weights", ""))[:12]
        entry = Entry(dataset.name, split, extractor.name, weights, name, split.seed or 0, dataset.synthetic)
        record, evaluation = score(entry, metric, features)
        scores.add(record, evaluation)
        scores.notes += filter(None, [open_set_note(entry, metric, features)])
        if wanted.rerank:
            scores.add(*score_reranked(entry, metric, features, extractor))
        if wanted.by_camera and name != OWN:
            aware = by_camera(extractor, known)
            train, asked, sought = (describe(aware, part) for part in (known, split.query, split.gallery))
            scores.add(*score_by_camera(entry, SplitFeatures(train, asked, sought, known), options))
        if show and name == wanted.metrics[-1]:
            rankings = list(choose_rankings(split, metric, features, evaluation, entry))
    return rankings


def _from_file(wanted: Wanted, scores: Scores) -> None:
    """Split the people of a feature file in two halves by seed, and rank the second half."""
    assert wanted.features is not None
    features, tracklets = read_features(wanted.features)
    if len(tracklets.identities) < 2:
        raise DataError(f"{wanted.features}: needs two people or more, half of them to learn on and half to test")
    names = [str(s) for s in range(5)] if wanted.split == "all" else [wanted.split or "0"]
    for name in names:
        if not name.isdigit():
            raise RecipeError(f"a feature file is split by a seed, not by {name!r}")
        train, test = random_halves([p for _, p in tracklets.identities], int(name))
        places = {id(t): i for i, t in enumerate(tracklets)}
        tested = tracklets.filter(lambda t, test=test: t.person in test or t.person <= 0)  # type: ignore[misc]
        query = by_person_and_camera(tested)
        split = Split(name, int(name), tracklets.filter(lambda t, train=train: t.person in train), query, tested)  # type: ignore[misc]
        rows = [features[[places[id(t)] for t in part]] for part in (split.train, split.query, split.gallery)]
        parts = SplitFeatures(rows[0], rows[1], rows[2], split.train)
        for metric_name in wanted.metrics:
            metric = fit_metric(metric_name, parts.train, split.train, {})
            entry = Entry(wanted.features.stem, split, "features", "", metric_name, int(name), False)
            scores.add(*score(entry, metric, parts))
            if wanted.by_camera:
                scores.add(*score_by_camera(entry, parts, {}))
            if wanted.rerank:
                scores.add(*score_reranked(entry, metric, parts))


def read_features(path: Path) -> tuple[Matrix, TrackletSet]:
    """Read `features` ``(N, D)``, `persons` and `cameras` ``(N,)``, numbers or names, from an .npz or .mat file.

    Raises
    ------
    DataError
        Where the file is missing or damaged, an array is missing, a value is not finite, or a person or camera is
        neither a whole number nor a name.
    """
    arrays = _arrays(path)
    try:
        features = np.asarray(arrays["features"], dtype=np.float32)
        persons, cameras = (_numbers(path, name, arrays[name]) for name in ("persons", "cameras"))
    except KeyError as error:
        raise DataError(f"{path}: has no array {error.args[0]!r}; it needs features, persons and cameras") from error
    if features.ndim != 2 or not len(features) == len(persons) == len(cameras) > 0:
        shapes = f"{features.shape}, {persons.shape} and {cameras.shape}"
        raise DataError(f"{path}: features, persons and cameras have shapes {shapes}, not (N, D), (N,) and (N,)")
    if not np.isfinite(features).all():
        raise DataError(f"{path}: a feature is NaN or infinite")
    nothing = ArrayFrames(np.zeros((1, 2, 1, 3), np.uint8))
    pairs = zip(persons.tolist(), cameras.tolist(), strict=True)
    return features, TrackletSet(Tracklet(p, c, path.stem, f"row-{i}", nothing) for i, (p, c) in enumerate(pairs))


def _numbers(path: Path, name: str, values: Any) -> NDArray[np.int64]:
    """Return persons or cameras as whole numbers; names are numbered from 1, in order."""
    found = np.asarray(values).ravel()
    if found.dtype.kind == "U":
        return np.unique(found, return_inverse=True)[1].astype(np.int64) + 1
    if found.dtype.kind not in "iuf" or not np.array_equal(found, np.round(found)):
        raise DataError(f"{path}: {name} are to be whole numbers, or names")
    return found.astype(np.int64)


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    try:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as opened:
                return {name: opened[name] for name in opened.files}
        if path.suffix == ".mat":
            from scipy.io import loadmat

            return {name: value for name, value in loadmat(path).items() if not name.startswith("__")}
    except Exception as error:  # zip, zlib, MATLAB and NumPy readers each raise their own
        raise DataError(f"{path}: damaged, or not what its suffix says") from error
    raise DataError(f"{path}: features come as .npz or .mat")


__all__ = ["Wanted", "evaluate_job", "read_features"]
